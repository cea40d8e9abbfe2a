/** Bytes as a command has them: base64. */
export function textOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** What {@link textOfBytes} was given; `null` stays `null`. */
export function bytesOfText(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text, "base64");
}
