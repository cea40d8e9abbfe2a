import { type LedgerCheckpoint, canonicalJson } from "@watchword/core";

/** What a checkpoint's signature is over: everything else in it, in canonical form (RFC 8785). */
export function checkpointText({
  replica,
  sequence,
  hash,
  at,
  keyId,
}: Omit<LedgerCheckpoint, "signature">): Uint8Array {
  return new TextEncoder().encode(
    canonicalJson({ purpose: "watchword-ledger-checkpoint", replica, sequence, hash, at, keyId }),
  );
}
