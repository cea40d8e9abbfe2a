import { valueProblem } from "./value.ts";

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
  const problem = valueProblem(value);
  if (problem !== undefined) throw new TypeError(`not canonicalizable: ${problem}`);
  return write(value);
}

function write(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(",")}}`;
}
