import type { LedgerRecord } from "@watchword/core";
// Not from the package as a whole: SQLite's writer is a thread of its own, and starts in a tenth of the time.
import { digestOf, sha256 } from "@watchword/core/digest";

/** A ledger entry prepared by the calling thread: canonical texts, no values to interpret here. */
export interface PreparedEntry {
  readonly kind: string;
  readonly at: number;
  readonly tenant: string | null;
  readonly decision: string | null;
  /** Canonical JSON. */
  readonly body: string;
  readonly commitment: string | null;
  readonly personal: { readonly salt: string; readonly value: string } | null;
}

/** Hash before the first record: 32 zero bytes. */
export const GENESIS = "A".repeat(43);

/**
 * The canonical text (RFC 8785) of a record in four parts, absent members left out. The body, the hash before and the
 * sequence number stand between them, because a store learns the last two only while it writes.
 */
export function recordParts(
  replica: string,
  entry: Omit<PreparedEntry, "personal">,
): readonly [string, string, string, string] {
  const text = (value: string): string => JSON.stringify(value);
  const members = [
    "",
    ...(entry.commitment === null ? [] : [`"commitment":${text(entry.commitment)}`]),
    ...(entry.decision === null ? [] : [`"decision":${text(entry.decision)}`]),
    `"kind":${text(entry.kind)}`,
    `"previous":"`,
  ];
  return [
    `{"at":${entry.at},"body":`,
    members.join(","),
    `","replica":${text(replica)},"sequence":`,
    entry.tenant === null ? "}" : `,"tenant":${text(entry.tenant)}}`,
  ];
}

/** The hash of a record: SHA-256 over its canonical text. */
export function recordHash(
  replica: string,
  sequence: number,
  previous: string,
  entry: Omit<PreparedEntry, "personal">,
): string {
  const [start, link, position, end] = recordParts(replica, entry);
  return sha256(`${start}${entry.body}${link}${previous}${position}${sequence}${end}`);
}

/** The same hash, of a record as read: built from its members, not from the writer's text. */
export function hashOfRecord(record: LedgerRecord): string {
  const { replica, sequence, kind, at, tenant, decisionId, body, commitment, previous } = record;
  return digestOf({
    at,
    body,
    kind,
    previous,
    replica,
    sequence,
    ...(commitment === undefined ? {} : { commitment }),
    ...(decisionId === undefined ? {} : { decision: decisionId }),
    ...(tenant === null ? {} : { tenant }),
  });
}
