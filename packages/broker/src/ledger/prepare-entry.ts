import { type LedgerEntry, canonicalJson, digestOf, randomToken } from "@watchword/core";
import type { PreparedEntry } from "./record-hash.ts";

/**
 * Brings an entry into its canonical texts in the calling thread, and commits to the personal part with a salt, so that
 * the chain neither holds nor reveals it.
 */
export function prepareEntry(entry: LedgerEntry): PreparedEntry {
  const salt = randomToken(16);
  return {
    kind: entry.kind,
    at: entry.at,
    tenant: entry.tenant,
    decision: entry.decisionId ?? null,
    body: canonicalJson(entry.body),
    commitment: entry.personal === undefined ? null : digestOf({ salt, value: entry.personal }),
    personal: entry.personal === undefined ? null : { salt, value: canonicalJson(entry.personal) },
  };
}
