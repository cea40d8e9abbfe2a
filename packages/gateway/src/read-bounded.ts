/**
 * Reads a body up to `maxBytes` and stops there: `undefined` when it is longer. What it counts are bytes after
 * decompression, so a small compressed body cannot become a large one.
 */
export async function readBounded(
  body: AsyncIterable<Uint8Array> | Uint8Array | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body.byteLength > maxBytes ? undefined : body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
