/** One segment of a template: fixed text, or the place of an argument or of the tenant's account. */
export type Segment = { readonly text: string } | { readonly argument: string } | { readonly account: true };

const FIXED = /^[A-Za-z0-9_~-](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?$/;
const PLACE = /^\{([a-z][A-Za-z0-9_]{0,63})\}$/;
/**
 * INVARIANT: what stands in a path has one spelling. No percent-encoding, no slash, no `;`, no dot at either end: what
 * is matched is what is sent, and no server can read another path out of it.
 */
export const PATH_VALUE = /^[A-Za-z0-9_~-](?:[A-Za-z0-9._~-]{0,253}[A-Za-z0-9_~-])?$/;

/** Reads `/v1/accounts/{account}/orders/{order}`; `undefined` when it is not a template. */
export function parseTemplate(template: string): readonly Segment[] | undefined {
  const parts = template.split("/");
  if (parts.shift() !== "" || parts.length === 0) return undefined;
  const segments: Segment[] = [];
  for (const part of parts) {
    const [, place] = PLACE.exec(part) ?? [];
    if (place !== undefined) segments.push(place === "account" ? { account: true } : { argument: place });
    else if (FIXED.test(part)) segments.push({ text: part });
    else return undefined;
  }
  return segments;
}

/** Whether a text can stand in a path as it is. */
export function isPathValue(text: string): boolean {
  return PATH_VALUE.test(text);
}

/** The texts at the places of a template in a path, by argument name; `undefined` when the path is another one. */
export function matchTemplate(
  segments: readonly Segment[],
  path: string,
): { readonly account: string | undefined; readonly texts: ReadonlyMap<string, string> } | undefined {
  const parts = path.split("/");
  if (parts.shift() !== "" || parts.length !== segments.length) return undefined;
  const texts = new Map<string, string>();
  let account: string | undefined;
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] ?? "";
    if ("text" in segment) {
      if (part !== segment.text) return undefined;
    } else if (!isPathValue(part)) return undefined;
    else if ("account" in segment) account = part;
    else texts.set(segment.argument, part);
  }
  return { account, texts };
}

/** The path of a template with its places filled in; `undefined` when a value cannot stand in a path. */
export function fillTemplate(
  segments: readonly Segment[],
  valueOf: (segment: Exclude<Segment, { readonly text: string }>) => string | undefined,
): string | undefined {
  const parts: string[] = [];
  for (const segment of segments) {
    const part = "text" in segment ? segment.text : valueOf(segment);
    if (part === undefined || !isPathValue(part)) return undefined;
    parts.push(part);
  }
  return `/${parts.join("/")}`;
}
