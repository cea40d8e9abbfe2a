/** Encoded forms shorter than this would be found in innocent text. */
const MIN_ENCODED = 12;

/** How a secret may be written: as it is, percent-encoded, escaped for JSON, in hexadecimal, within base64. */
export function secretSpellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Within longer base64 a text begins at one of three offsets; the characters at its edges also hold its neighbours.
  const encoded = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "")
      .slice(offset === 0 ? 0 : offset + 1, -1);
    return [text, text.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("hex"),
    ...encoded.filter((text) => text.length >= MIN_ENCODED),
  ];
}
