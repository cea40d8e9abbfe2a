import { createHash } from "node:crypto";
import type { Database } from "./database.ts";

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
const GENESIS = "A".repeat(43);

/** The hash of a record: SHA-256 over its canonical text (RFC 8785), absent members left out. */
export function recordHash(
  replica: string,
  sequence: number,
  previous: string,
  entry: Omit<PreparedEntry, "personal">,
): string {
  const text = (value: string): string => JSON.stringify(value);
  const members = [
    `"at":${entry.at}`,
    `"body":${entry.body}`,
    ...(entry.commitment === null ? [] : [`"commitment":${text(entry.commitment)}`]),
    ...(entry.decision === null ? [] : [`"decision":${text(entry.decision)}`]),
    `"kind":${text(entry.kind)}`,
    `"previous":${text(previous)}`,
    `"replica":${text(replica)}`,
    `"sequence":${sequence}`,
    ...(entry.tenant === null ? [] : [`"tenant":${text(entry.tenant)}`]),
  ];
  return createHash("sha256")
    .update(`{${members.join(",")}}`)
    .digest("base64url");
}

/**
 * One replica's chain. The writer is the only one that appends to it, so its head lives here; it is set back when a
 * transaction is.
 */
export class LedgerChain {
  readonly #database: Database;
  readonly #replica: string;
  #head = { sequence: 0, hash: GENESIS };

  constructor(database: Database, replica: string) {
    this.#database = database;
    this.#replica = replica;
  }

  get head(): { readonly sequence: number; readonly hash: string } {
    return this.#head;
  }

  /** Sets the head back after a rollback. */
  restore(head: { readonly sequence: number; readonly hash: string }): void {
    this.#head = head;
  }

  append(entry: PreparedEntry): void {
    const sequence = this.#head.sequence + 1;
    const hash = recordHash(this.#replica, sequence, this.#head.hash, entry);
    const run = (sql: string, ...values: (string | number | null)[]): void =>
      void this.#database.run(sql, ...values);
    run(
      "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      this.#replica,
      sequence,
      entry.kind,
      entry.at,
      entry.tenant,
      entry.decision,
      entry.body,
      entry.commitment,
      this.#head.hash,
      hash,
    );
    if (entry.personal !== null)
      run(
        "INSERT INTO ledger_personal VALUES (?, ?, ?, ?)",
        this.#replica,
        sequence,
        entry.personal.salt,
        entry.personal.value,
      );
    run(
      "INSERT INTO ledger_head VALUES (?, ?, ?) ON CONFLICT (replica) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash",
      this.#replica,
      sequence,
      hash,
    );
    this.#head = { sequence, hash };
  }
}
