import { type Value, isValue, valueProblem } from "./value.ts";

/**
 * The one text of a value: RFC 8785 (JSON Canonicalization Scheme). Because {@link valueProblem} admits safe integers
 * only, `JSON.stringify` of each leaf is already canonical; what remains is ordering members by UTF-16 code units.
 *
 * @throws TypeError when the value breaks the value rules; a caller that holds untrusted input checks it first.
 *
 * @example
 * ```ts
 * canonicalJson({ b: 1, a: "x" }); // '{"a":"x","b":1}'
 * ```
 */
export function canonicalJson(value: unknown): string {
  if (!isValue(value)) throw new TypeError(`not canonicalizable: ${valueProblem(value)}`);
  return write(value);
}

function write(value: Value): string {
  if (typeof value !== "object") return JSON.stringify(value);
  let text = "";
  if (isList(value)) {
    for (const item of value) text += text === "" ? write(item) : `,${write(item)}`;
    return `[${text}]`;
  }
  // Without a comparison of ours, texts are sorted by their UTF-16 code units (ECMA-262, IsLessThan), which is RFC 8785's order.
  for (const name of Object.keys(value).toSorted()) {
    const member = `${JSON.stringify(name)}:${write(value[name] as Value)}`;
    text += text === "" ? member : `,${member}`;
  }
  return `{${text}}`;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
