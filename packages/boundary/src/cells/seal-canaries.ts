import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/**
 * A world's secrets on their way from the stage to whoever searches for them elsewhere: encrypted with a key that came the other
 * way, since what a cell says is kept by the engine and is searched itself.
 *
 * @param key 256 bits, hexadecimal; for this one answer
 */
export function sealCanaries(canaries: readonly string[], key: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key, "hex"), nonce);
  const body = Buffer.concat([cipher.update(JSON.stringify(canaries)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("hex");
}

/** The other end of {@link sealCanaries}. @throws Error when it was changed on its way */
export function openCanaries(sealed: string, key: string): readonly string[] {
  const bytes = Buffer.from(sealed, "hex");
  const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key, "hex"), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  const opened = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
  return JSON.parse(opened.toString()) as readonly string[];
}
