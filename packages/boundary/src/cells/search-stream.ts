/** A secret to search for; its value is never told, its name is. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/**
 * Searches a stream for canaries in the forms in which secrets travel: as they are, in base64 (at each of its three offsets),
 * base64url, hexadecimal, and percent-encoded. Whatever crosses the border of two chunks is found, too.
 *
 * @returns names of the canaries that are in it
 */
export async function searchStream(
  stream: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  canaries: readonly Canary[],
): Promise<string[]> {
  const needles = canaries.flatMap(({ name, value }) => formsOf(value).map((form) => ({ name, form })));
  const longest = needles.reduce((length, { form }) => Math.max(length, form.byteLength), 1);
  const found = new Set<string>();
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    const window = Buffer.concat([rest, typeof chunk === "string" ? Buffer.from(chunk) : chunk]);
    for (const { name, form } of needles) if (!found.has(name) && window.includes(form)) found.add(name);
    rest = Buffer.from(window.subarray(Math.max(0, window.byteLength - longest + 1)));
  }
  return [...found];
}

function formsOf(value: string): Buffer[] {
  if (value.length < 8) throw new TypeError("a canary shorter than 8 characters is found by accident");
  const bytes = Buffer.from(value);
  const forms = [
    value,
    encodeURIComponent(value),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
  ];
  for (const offset of [0, 1, 2]) {
    // Only characters that depend on the secret alone: what stands before and after it changes the others.
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const start = offset === 0 ? 0 : offset + 1;
    const end = (offset + bytes.byteLength) % 3 === 0 ? whole.length : whole.length - 1;
    const inner = whole.slice(start, end);
    forms.push(inner, inner.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return [...new Set(forms)].map((form) => Buffer.from(form));
}
