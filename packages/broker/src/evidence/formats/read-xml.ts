import { MAX_REPORT_BYTES } from "./read-report-json.ts";
import { unreadable } from "./unreadable.ts";

/** An element: its attributes and the elements in it. Texts are checked for form and passed over. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

interface OpenElement extends XmlElement {
  readonly attributes: Map<string, string>;
  readonly children: OpenElement[];
}

const MAX_DEPTH = 64;
const MAX_ELEMENTS = 200_000;

const DECLARATION = /^<\?xml\s[^?<>]*\?>/;
const TAG =
  /<(\/?)([A-Za-z_][A-Za-z0-9._:-]*)((?:\s+[A-Za-z_][A-Za-z0-9._:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([A-Za-z_][A-Za-z0-9._:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
/** An ampersand that begins neither one of the five built-in entities nor a character's number. */
const OTHER_ENTITY = /&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)/;

/**
 * Reads the elements of a well-formed XML document. INVARIANT: nothing can be declared, expanded or fetched: a document
 * type, an entity of its own and a processing instruction are refused, not skipped.
 *
 * @throws Refusal `request_malformed`
 */
export function readXml(document: string): XmlElement {
  if (Buffer.byteLength(document) > MAX_REPORT_BYTES) throw unreadable("the XML is too large");
  const text = document.startsWith("\uFEFF") ? document.slice(1) : document;
  const outermost: OpenElement = { name: "", attributes: new Map(), children: [] };
  const open = [outermost];
  let elements = 0;
  for (let at = DECLARATION.exec(text)?.[0].length ?? 0; at < text.length;) {
    const inside = open.length > 1;
    if (text[at] !== "<") {
      const next = text.indexOf("<", at);
      const end = next < 0 ? text.length : next;
      checkText(text.slice(at, end), inside);
      at = end;
    } else if (text.startsWith("<!--", at)) at = after(text, "-->", at + 4);
    else if (inside && text.startsWith("<![CDATA[", at)) at = after(text, "]]>", at + 9);
    else {
      TAG.lastIndex = at;
      const tag = TAG.exec(text);
      if (tag === null) throw unreadable("not well-formed XML, or with more in it than elements");
      if (++elements > MAX_ELEMENTS || open.length > MAX_DEPTH)
        throw unreadable("the XML has too many elements");
      takeTag(open, tag);
      at = TAG.lastIndex;
    }
  }
  const [root, ...more] = outermost.children;
  if (open.length > 1) throw unreadable("the XML is cut short");
  if (root === undefined || more.length > 0) throw unreadable("not one XML document");
  return root;
}

function takeTag(open: OpenElement[], [, close, name = "", attributes = "", empty]: RegExpExecArray): void {
  const current = open.at(-1);
  if (close === "/") {
    if (open.length < 2 || current?.name !== name || attributes !== "" || empty === "/")
      throw unreadable("the XML's elements do not fit together");
    open.pop();
    return;
  }
  const element: OpenElement = { name, attributes: attributesOf(attributes), children: [] };
  current?.children.push(element);
  if (empty !== "/") open.push(element);
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE)) {
    const value = double ?? single ?? "";
    if (attributes.has(name)) throw unreadable("an attribute stands twice");
    checkText(value, true);
    attributes.set(name, value);
  }
  return attributes;
}

function checkText(text: string, inside: boolean): void {
  if (OTHER_ENTITY.test(text)) throw unreadable("the XML holds an entity of its own");
  if (!inside && text.trim() !== "") throw unreadable("text outside of the XML's elements");
}

function after(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  if (at < 0) throw unreadable("the XML is cut short");
  return at + end.length;
}
