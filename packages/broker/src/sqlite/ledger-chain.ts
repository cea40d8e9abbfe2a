import { GENESIS, type PreparedEntry, recordHash } from "../ledger/record-hash.ts";
import type { Database } from "./database.ts";

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
    this.#head = { sequence, hash };
  }

  /** Writes where the chain ends by now: once in each transaction that appended, whose records are nothing without it. */
  writeHead(): void {
    const { sequence, hash } = this.#head;
    this.#database.run(
      "INSERT INTO ledger_head VALUES (?, ?, ?) ON CONFLICT (replica) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash",
      this.#replica,
      sequence,
      hash,
    );
  }
}
