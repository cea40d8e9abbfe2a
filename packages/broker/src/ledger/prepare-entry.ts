import { type LedgerEntry, canonicalJson, randomToken, sha256 } from "@watchword/core";
import type { PreparedEntry } from "./record-hash.ts";

/**
 * Brings an entry into its canonical texts in the calling thread, and commits to the personal part with a salt, so that
 * the chain neither holds nor reveals it.
 */
export function prepareEntry(entry: LedgerEntry): PreparedEntry {
  return {
    kind: entry.kind,
    at: entry.at,
    tenant: entry.tenant,
    decision: entry.decisionId ?? null,
    body: canonicalJson(entry.body),
    ...(entry.personal === undefined ? { commitment: null, personal: null } : committed(entry.personal)),
  };
}

function committed(
  personal: NonNullable<LedgerEntry["personal"]>,
): Pick<PreparedEntry, "commitment" | "personal"> {
  const salt = randomToken(16);
  const value = canonicalJson(personal);
  // The canonical text of `{ salt, value }`: a salt in base64url needs no escape.
  return { commitment: sha256(`{"salt":"${salt}","value":${value}}`), personal: { salt, value } };
}
