/** An element of an answer: the text within it, or the elements. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const TOKEN =
  /<\?xml [^<>]{0,128}\?>|<(?<close>\/?)(?<name>[A-Za-z][A-Za-z0-9]{0,63})(?<attributes>(?: [A-Za-z:]{1,32}="[^"<>]{0,256}")*)(?<empty> ?\/?)>|(?<text>[^<]+)/gy;
const ENTITY = /&(?:lt|gt|amp|quot|apos|#x?[0-9A-Fa-f]{1,6});/g;
const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const MAX_DEPTH = 8;

/**
 * Reads the XML that AWS answers with: elements, text and the five entities. What else XML has (types, comments, instructions, sections)
 * AWS does not write, and nothing that has it is read. `undefined` for anything but one well-formed element.
 */
export function readXml(source: string): XmlElement | undefined {
  const open: { name: string; text: string; children: XmlElement[] }[] = [
    { name: "", text: "", children: [] },
  ];
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const { close, name, empty, text } = match.groups ?? {};
    const top = open.at(-1);
    if (top === undefined) return undefined;
    if (text !== undefined) top.text += text;
    else if (name !== undefined && close === "/") {
      const above = open.at(-2);
      if (above === undefined || top.name !== name) return undefined;
      const content = textOf(top.text);
      if (content === undefined) return undefined;
      above.children.push({ name, text: content, children: top.children });
      open.pop();
    } else if (name !== undefined && empty?.endsWith("/") === true)
      top.children.push({ name, text: "", children: [] });
    else if (name !== undefined) open.push({ name, text: "", children: [] });
    if (open.length > MAX_DEPTH) return undefined;
  }
  const [document, ...unclosed] = open;
  const [root, ...others] = document?.children ?? [];
  const whole = end === source.length && unclosed.length === 0 && others.length === 0;
  return whole && document?.text.trim() === "" ? root : undefined;
}

/** The text of the one element on a path below; `undefined` where it is not there, or twice. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  const [name, ...rest] = path;
  if (element === undefined || name === undefined) return element?.text;
  const [found, ...more] = element.children.filter((child) => child.name === name);
  return more.length > 0 || found === undefined ? undefined : textAt(found, ...rest);
}

function textOf(raw: string): string | undefined {
  if (raw.replaceAll(ENTITY, "").includes("&")) return undefined;
  return raw.replaceAll(ENTITY, (entity) => {
    const body = entity.slice(1, -1);
    if (!body.startsWith("#")) return NAMED[body] ?? "";
    const code = body.startsWith("#x") ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}
