import { type VerificationKey, verificationKey } from "@watchword/core";
import { type NoteKey, noteKey } from "./note-key.ts";

/** Public keys that a ledger's checkpoints are checked with: the current key and earlier ones. */
export interface LedgerKeys {
  /** Ed25519: checkpoints in the note format. */
  readonly notes: readonly NoteKey[];
  /** ES256: checkpoints of before. */
  readonly earlier: readonly VerificationKey[];
}

/**
 * Keys from public JWKs, Ed25519 or P-256, each alone or in a set.
 *
 * @throws TypeError when one is of another kind or brings a private part
 */
export async function ledgerKeys(documents: readonly object[]): Promise<LedgerKeys> {
  const jwks = documents.flatMap((document) =>
    "keys" in document && Array.isArray(document.keys) ? (document.keys as object[]) : [document],
  );
  const isNote = (jwk: object): boolean => "kty" in jwk && jwk.kty === "OKP";
  return {
    notes: jwks.filter(isNote).map(noteKey),
    earlier: await Promise.all(jwks.filter((jwk) => !isNote(jwk)).map(earlierKey)),
  };
}

function earlierKey(jwk: object): Promise<VerificationKey> {
  const { kid } = jwk as Partial<Record<string, unknown>>;
  // `verificationKey` takes nothing but a public P-256 key, whatever the type says here.
  return verificationKey(typeof kid === "string" ? kid : "", jwk as VerificationKey["publicJwk"]);
}
