import {
  type Document,
  LineCounter,
  type Node,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  parseAllDocuments,
  visit,
} from "yaml";
import type { PolicyProblem } from "./policy-problem.ts";

/** A parsed file that knows where each of its values stands. */
export interface YamlFile {
  readonly name: string;
  readonly value: unknown;
  /** Line and column of the value at `path`, or of the nearest one above it. */
  locate(path: readonly PropertyKey[]): { readonly line: number; readonly column: number };
}

/**
 * Reads one YAML 1.2 document without anything that can mean two things: no directives, duplicate keys, anchors, aliases,
 * tags, merge keys, keys that are not strings, or values without one canonical text.
 */
export function readYaml(
  name: string,
  text: string,
): { readonly file: YamlFile } | { readonly problems: readonly PolicyProblem[] } {
  const { documents, at } = compose(text);
  const problem = (offset: number | undefined, message: string): PolicyProblem => ({
    file: name,
    ...at(offset),
    message,
  });
  const [document, second] = documents;
  if (document === undefined) return { problems: [problem(0, "the file is empty")] };
  if (second !== undefined)
    return { problems: [problem(second.range[0], "a second document; one file holds one")] };
  const problems = [...document.errors, ...document.warnings].map((error) =>
    problem(error.pos[0], firstLine(error.message)),
  );
  // `%YAML 1.1` would make `no` a boolean; the byte order mark is skipped, so it hides nothing.
  const directive = /(?<=^\uFEFF?|\n)%/.exec(text);
  if (directive !== null) problems.unshift(problem(directive.index, "directives are not allowed"));
  if (problems.length === 0) problems.push(...ambiguities(document, problem));
  if (problems.length > 0) return { problems };
  // The document takes a hundred times the memory of its text, and places are asked for when something is wrong: it is read
  // again then.
  let locate: YamlFile["locate"] | undefined;
  return {
    file: {
      name,
      value: document.toJS(),
      locate: (path) => (locate ??= locatorOf(text))(path),
    },
  };
}

/** The documents of a text, and line and column of an offset. */
function compose(text: string): {
  readonly documents: readonly Document.Parsed[];
  readonly at: (offset: number | undefined) => { line: number; column: number };
} {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    uniqueKeys: true,
    version: "1.2",
    merge: false,
    strict: true,
    prettyErrors: false,
    stringKeys: false,
  });
  return {
    documents: Array.isArray(documents) ? documents : [],
    at: (offset) => {
      const { line, col } = lines.linePos(offset ?? 0);
      return { line, column: col };
    },
  };
}

function locatorOf(text: string): YamlFile["locate"] {
  const {
    documents: [document],
    at,
  } = compose(text);
  return (path) => at(document === undefined ? 0 : offsetOf(document, path));
}

function ambiguities(
  document: Document.Parsed,
  problem: (offset: number | undefined, message: string) => PolicyProblem,
): PolicyProblem[] {
  const found: PolicyProblem[] = [];
  visit(document, {
    Node: (_key, node) => {
      const offset = node.range?.[0];
      if (isAlias(node)) found.push(problem(offset, "aliases are not allowed; write it out"));
      else if ("anchor" in node && node.anchor !== undefined)
        found.push(problem(offset, "anchors are not allowed"));
      if (node.tag !== undefined) found.push(problem(offset, "tags are not allowed"));
      if (!isScalar(node)) return;
      if (Object.is(node.value, -0)) found.push(problem(offset, "-0 is written 0"));
      else if (typeof node.value === "string" && !node.value.isWellFormed())
        found.push(problem(offset, "the text holds half of a surrogate pair"));
    },
    Pair: (_key, { key }) => {
      const text = isScalar(key) ? key.value : undefined;
      const offset = isNode(key) ? key.range?.[0] : undefined;
      if (typeof text !== "string") found.push(problem(offset, "keys must be strings"));
      else if (text === "<<") found.push(problem(offset, "merge keys are not allowed"));
      else if (text === "__proto__" || text === "constructor" || text === "prototype")
        found.push(problem(offset, `${text} is not a name`));
    },
  });
  return found;
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node =
      keyNode(document, path.slice(0, length)) ??
      (document.getIn(path.slice(0, length), true) as Node | undefined);
    if (isNode(node) && node.range !== undefined && node.range !== null) return node.range[0];
  }
  return 0;
}

/** The key's own position says more than its value's: `agent:` rather than what follows it. */
function keyNode(document: Document.Parsed, path: readonly PropertyKey[]): Node | undefined {
  const last = path.at(-1);
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent) || typeof last !== "string")
    return path.length === 1 && isMap(document.contents) ? findKey(document.contents.items, last) : undefined;
  return findKey(parent.items, last);
}

function findKey(items: readonly unknown[], name: PropertyKey | undefined): Node | undefined {
  for (const pair of items)
    if (isPair(pair) && isScalar(pair.key) && pair.key.value === name) return pair.key;
  return undefined;
}

function firstLine(message: string): string {
  return message.split("\n")[0] ?? message;
}
