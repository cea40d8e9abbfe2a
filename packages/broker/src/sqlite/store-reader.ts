import type {
  ApprovalRecord,
  ConnectionRecord,
  EpochSubject,
  Epochs,
  EvidenceRecord,
  FrozenSubject,
  LeaseRecord,
  LedgerCheckpoint,
  LedgerRecord,
  OpenIntent,
  PolicyActivation,
  RunRecord,
  ValueMap,
} from "@watchword/core";
import type { Database, Row } from "./database.ts";
import { OperatorReader } from "./operator-reader.ts";
import {
  approvalOf,
  checkpointOf,
  connectionOf,
  evidenceOf,
  leaseOf,
  ledgerRecordOf,
  openIntentOf,
  runOf,
} from "./read-rows.ts";

/** Keys that one statement looks for: as many as its text has places. */
const AT_ONCE = 8;

/** Every query that only reads, on a connection that cannot write. Each finds its rows by a key. */
export class StoreReader {
  readonly operators: OperatorReader;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    this.operators = new OperatorReader(database);
  }

  epochs(subjects: readonly EpochSubject[]): Epochs {
    const epochs = Object.fromEntries(subjects.map((subject) => [subject, 0])) as Record<
      EpochSubject,
      number
    >;
    const sql = "SELECT subject, value FROM epoch WHERE subject IN (?, ?, ?, ?, ?, ?, ?, ?)";
    for (const row of this.#among(sql, subjects))
      epochs[row["subject"] as EpochSubject] = Number(row["value"]);
    return epochs;
  }

  run(id: string): RunRecord | undefined {
    return mapped(this.#one("SELECT record, expires_at, ended_at FROM run WHERE id = ?", id), runOf);
  }

  frozen(subjects: readonly FrozenSubject[]): FrozenSubject[] {
    const sql = "SELECT subject FROM frozen WHERE subject IN (?, ?, ?, ?, ?, ?, ?, ?)";
    const found = new Set(this.#among(sql, subjects).map((row) => row["subject"]));
    return subjects.filter((subject) => found.has(subject));
  }

  evidence(source: string, commit: string): EvidenceRecord | undefined {
    const sql = "SELECT * FROM evidence WHERE source = ? AND commit_id = ? ORDER BY arrival DESC LIMIT 1";
    return mapped(this.#one(sql, source, commit), evidenceOf);
  }

  approval(id: string): ApprovalRecord | undefined {
    return mapped(
      this.#one("SELECT record, state, decided_by, progress FROM approval WHERE id = ?", id),
      approvalOf,
    );
  }

  pendingApprovals(tenant: string, now: number): ApprovalRecord[] {
    const sql =
      "SELECT record, state, decided_by, progress FROM approval WHERE tenant = ? AND state = 'pending' AND expires_at > ? ORDER BY id";
    return this.#database.all(sql, tenant, now).map(approvalOf);
  }

  pendingEverywhere(now: number, limit: number): ApprovalRecord[] {
    const sql =
      "SELECT record, state, decided_by, progress FROM approval WHERE state = 'pending' AND expires_at > ? ORDER BY expires_at LIMIT ?";
    return this.#database.all(sql, now, limit).map(approvalOf);
  }

  approvalsDue(now: number, limit: number): ApprovalRecord[] {
    const sql =
      "SELECT record, state, decided_by, progress FROM approval WHERE state IN ('pending', 'granted') AND due_at <= ? ORDER BY due_at LIMIT ?";
    return this.#database.all(sql, now, limit).map(approvalOf);
  }

  openIntents(now: number, limit: number): OpenIntent[] {
    const sql =
      "SELECT decision_id, lease_id, tenant, system, run, now FROM intent WHERE state = 'open' AND deadline <= ? ORDER BY deadline LIMIT ?";
    return this.#database.all(sql, now, limit).map(openIntentOf);
  }

  lease(id: string): LeaseRecord | undefined {
    return mapped(this.#one("SELECT * FROM lease WHERE id = ?", id), leaseOf);
  }

  leaseByHandle(handleHash: string): LeaseRecord | undefined {
    return mapped(this.#one("SELECT * FROM lease WHERE handle_hash = ?", handleHash), leaseOf);
  }

  leasesDue(now: number, limit: number): LeaseRecord[] {
    return this.#database
      .all("SELECT * FROM lease WHERE revocation IS NULL AND due_at <= ? ORDER BY due_at LIMIT ?", now, limit)
      .map(leaseOf);
  }

  /** `undefined` for a tenant that was never registered. */
  connections(tenant: string): ConnectionRecord[] | undefined {
    if (this.#one("SELECT 1 AS there FROM tenant WHERE id = ?", tenant) === undefined) return undefined;
    return this.#database
      .all("SELECT * FROM connection WHERE tenant = ? ORDER BY system", tenant)
      .map(connectionOf);
  }

  policy(version: string): string | undefined {
    return mapped(this.#one("SELECT document FROM policy WHERE version = ?", version), (row) =>
      String(row["document"]),
    );
  }

  activePolicy(): { version: string; epoch: number; document: string } | undefined {
    const sql =
      "SELECT version, document, (SELECT value FROM epoch WHERE subject = 'policy') AS epoch FROM policy WHERE version = (SELECT value FROM meta WHERE key = 'active_policy')";
    return mapped(this.#one(sql), (row) => ({
      version: String(row["version"]),
      epoch: Number(row["epoch"]),
      document: String(row["document"]),
    }));
  }

  policyHistory(limit: number): PolicyActivation[] {
    return this.#database
      .all(
        "SELECT epoch, version, at FROM policy_activation WHERE epoch >= 0 ORDER BY epoch DESC LIMIT ?",
        limit,
      )
      .map((row) => ({
        epoch: Number(row["epoch"]),
        version: String(row["version"]),
        at: Number(row["at"]),
      }));
  }

  ledger(replica: string, after: number, limit: number): LedgerRecord[] {
    return this.#database
      .all(
        "SELECT * FROM ledger WHERE replica = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        replica,
        after,
        limit,
      )
      .map(ledgerRecordOf);
  }

  /**
   * Every chain that has records, a head or a checkpoint: records without a head are found this way, and a head without
   * records. It leaps from one chain to the next instead of reading them.
   */
  replicas(): string[] {
    const leaps = [
      "SELECT min(replica) AS replica FROM ledger_head WHERE replica > ?",
      "SELECT min(replica) AS replica FROM ledger WHERE replica > ?",
      "SELECT min(replica) AS replica FROM checkpoint WHERE replica > ?",
    ].map((sql) => this.#leap(sql));
    return [...new Set(leaps.flat())].toSorted();
  }

  #leap(sql: string): string[] {
    const found: string[] = [];
    for (let last = ""; ;) {
      const replica = this.#one(sql, last)?.["replica"];
      if (typeof replica !== "string") return found;
      found.push((last = replica));
    }
  }

  personal(replica: string, sequence: number): { salt: string; value: ValueMap } | undefined {
    return mapped(
      this.#one(
        "SELECT salt, value FROM ledger_personal WHERE replica = ? AND sequence = ?",
        replica,
        sequence,
      ),
      (row) => ({
        salt: String(row["salt"]),
        value: JSON.parse(String(row["value"])) as ValueMap,
      }),
    );
  }

  ledgerHeads(): { replica: string; sequence: number; hash: string }[] {
    const head = "SELECT sequence, hash FROM ledger_head WHERE replica = ?";
    return this.replicas().map((replica) => {
      const row = this.#one(head, replica);
      return { replica, sequence: Number(row?.["sequence"] ?? 0), hash: String(row?.["hash"] ?? "") };
    });
  }

  checkpoints(): LedgerCheckpoint[] {
    return this.#database.all("SELECT * FROM checkpoint ORDER BY replica, sequence").map(checkpointOf);
  }

  close(): void {
    this.#database.close();
  }

  /** Rows by {@link AT_ONCE} keys each: every statement takes the file's lock for itself. A key that is there twice is found once. */
  #among(sql: string, keys: readonly string[]): Row[] {
    const found: Row[] = [];
    for (let start = 0; start < keys.length; start += AT_ONCE) {
      const some = keys.slice(start, start + AT_ONCE);
      const rest = Array.from({ length: AT_ONCE - some.length }, () => some[0] ?? "");
      found.push(...this.#database.all(sql, ...some, ...rest));
    }
    return found;
  }

  #one(sql: string, ...values: (string | number)[]): Row | undefined {
    return this.#database.get(sql, ...values);
  }
}

function mapped<Result>(row: Row | undefined, read: (row: Row) => Result): Result | undefined {
  return row === undefined ? undefined : read(row);
}
