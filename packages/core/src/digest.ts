import { hash, randomBytes } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";

/** SHA-256 as unpadded base64url, 43 characters: the only digest form in Watchword. */
export function sha256(text: string | Uint8Array): string {
  return hash("sha256", text, "base64url");
}

/** Digest of a value's canonical text. Equal values, equal digests, whatever the member order was. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** `byteLength` random bytes as base64url. 16 for ids that must not be guessed, 32 for handles. */
export function randomToken(byteLength: 16 | 32): string {
  return randomBytes(byteLength).toString("base64url");
}
