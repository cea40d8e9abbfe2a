import { type IssuerKey, signatureOf } from "./issuer-key.ts";

/** What stands in a compact JWS. A text or bytes are taken as they are, for what an object cannot say. */
export interface CompactParts {
  readonly header: object | string;
  readonly claims: object | string | Uint8Array;
  /** Instead of the key's own. */
  readonly signature?: ((input: string) => Uint8Array) | undefined;
}

/** A compact JWS by `key`, of whatever parts, good or bad. */
export function signCompact(key: IssuerKey, { header, claims, signature }: CompactParts): string {
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  return `${input}.${encodePart(signature?.(input) ?? signatureOf(key.alg, key.privateKey, input))}`;
}

/** Base64url of a text, of bytes, or of an object's JSON; members that are `undefined` are left out. */
export function encodePart(part: object | string | Uint8Array): string {
  const bytes = typeof part === "string" || part instanceof Uint8Array ? part : JSON.stringify(part);
  return Buffer.from(bytes).toString("base64url");
}
