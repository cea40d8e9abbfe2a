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
import type { Row } from "../sqlite/database.ts";
import {
  approvalOf,
  checkpointOf,
  connectionOf,
  evidenceOf,
  leaseOf,
  ledgerRecordOf,
  openIntentOf,
  runOf,
} from "../sqlite/read-rows.ts";
import type { StoreQueries } from "../sqlite/store-queries.ts";
import type { Connections, SqlValue } from "./connections.ts";
import { type AskMany, gather } from "./gather.ts";
import { PostgresOperatorReader } from "./postgres-operator-reader.ts";

/** What a reader asks: connections, or one transaction. */
export type RowSource = Pick<Connections, "read" | "close">;

/** Every query that only reads, one round trip each at most. */
export class PostgresReader implements StoreQueries {
  readonly operators: PostgresOperatorReader;
  readonly #connections: RowSource;
  /** Every act asks for these two. */
  readonly #runs: AskMany<Row>;
  readonly #epochs: AskMany<number>;

  constructor(connections: RowSource) {
    this.#connections = connections;
    this.#runs = gather(async (ids) => {
      const sql =
        "SELECT id, record, expires_at, ended_at FROM run WHERE id = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))";
      const rows = await connections.read(sql, [JSON.stringify(ids)]);
      return new Map(rows.map((row) => [String(row["id"]), row]));
    });
    this.#epochs = gather(async (subjects) => {
      const sql =
        "SELECT subject, value FROM epoch WHERE subject = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))";
      const rows = await connections.read(sql, [JSON.stringify(subjects)]);
      return new Map(rows.map((row) => [String(row["subject"]), Number(row["value"])]));
    });
    this.operators = new PostgresOperatorReader(connections);
  }

  async epochs(subjects: readonly EpochSubject[]): Promise<Epochs> {
    const values = await this.#epochs(subjects);
    return Object.fromEntries(subjects.map((subject) => [subject, values.get(subject) ?? 0]));
  }

  async run(id: string): Promise<RunRecord | undefined> {
    const row = (await this.#runs([id])).get(id);
    return row && runOf(row);
  }

  async frozen(subjects: readonly FrozenSubject[]): Promise<FrozenSubject[]> {
    const sql =
      "SELECT subject FROM frozen WHERE subject = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))";
    const rows = await this.#connections.read(sql, [JSON.stringify(subjects)]);
    return subjects.filter((subject) => rows.some((row) => row["subject"] === subject));
  }

  evidence(source: string, commit: string): Promise<EvidenceRecord | undefined> {
    const sql = "SELECT * FROM evidence WHERE source = $1 AND commit_id = $2 ORDER BY arrival DESC LIMIT 1";
    return this.#one(evidenceOf, sql, source, commit);
  }

  approval(id: string): Promise<ApprovalRecord | undefined> {
    return this.#one(
      approvalOf,
      "SELECT record, state, decided_by, progress FROM approval WHERE id = $1",
      id,
    );
  }

  pendingApprovals(tenant: string, now: number): Promise<ApprovalRecord[]> {
    const sql =
      "SELECT record, state, decided_by, progress FROM approval WHERE tenant = $1 AND state = 'pending' AND expires_at > $2 ORDER BY id";
    return this.#all(approvalOf, sql, tenant, now);
  }

  pendingEverywhere(now: number, limit: number): Promise<ApprovalRecord[]> {
    const sql =
      "SELECT record, state, decided_by, progress FROM approval WHERE state = 'pending' AND expires_at > $1 ORDER BY expires_at LIMIT $2";
    return this.#all(approvalOf, sql, now, limit);
  }

  approvalsDue(now: number, limit: number): Promise<ApprovalRecord[]> {
    const sql =
      "SELECT record, state, decided_by, progress FROM approval WHERE state IN ('pending', 'granted') AND due_at <= $1 ORDER BY due_at LIMIT $2";
    return this.#all(approvalOf, sql, now, limit);
  }

  openIntents(now: number, limit: number): Promise<OpenIntent[]> {
    const sql =
      "SELECT decision_id, lease_id, tenant, system, run, now FROM intent WHERE state = 'open' AND deadline <= $1 ORDER BY deadline LIMIT $2";
    return this.#all(openIntentOf, sql, now, limit);
  }

  lease(id: string): Promise<LeaseRecord | undefined> {
    return this.#one(leaseOf, "SELECT * FROM lease WHERE id = $1", id);
  }

  leaseByHandle(handleHash: string): Promise<LeaseRecord | undefined> {
    return this.#one(leaseOf, "SELECT * FROM lease WHERE handle_hash = $1", handleHash);
  }

  leasesDue(now: number, limit: number): Promise<LeaseRecord[]> {
    const sql = "SELECT * FROM lease WHERE revocation IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2";
    return this.#all(leaseOf, sql, now, limit);
  }

  /** `undefined` for a tenant that was never registered; a registered one has a row without a system at least. */
  async connections(tenant: string): Promise<ConnectionRecord[] | undefined> {
    const sql =
      "SELECT connection.* FROM tenant LEFT JOIN connection ON connection.tenant = tenant.id WHERE tenant.id = $1 ORDER BY system";
    const rows = await this.#connections.read(sql, [tenant]);
    return rows.length === 0 ? undefined : rows.filter((row) => row["system"] !== null).map(connectionOf);
  }

  policy(version: string): Promise<string | undefined> {
    return this.#one(documentOf, "SELECT document FROM policy WHERE version = $1", version);
  }

  activePolicy(): Promise<{ version: string; epoch: number; document: string } | undefined> {
    const sql =
      "SELECT version, document, (SELECT value FROM epoch WHERE subject = 'policy') AS epoch FROM policy WHERE version = (SELECT version FROM policy_activation ORDER BY epoch DESC LIMIT 1)";
    return this.#one(
      (row) => ({
        version: String(row["version"]),
        epoch: Number(row["epoch"]),
        document: documentOf(row),
      }),
      sql,
    );
  }

  policyHistory(limit: number): Promise<PolicyActivation[]> {
    const sql = "SELECT epoch, version, at FROM policy_activation ORDER BY epoch DESC LIMIT $1";
    return this.#all(
      (row) => ({ epoch: Number(row["epoch"]), version: String(row["version"]), at: Number(row["at"]) }),
      sql,
      limit,
    );
  }

  ledger(replica: string, after: number, limit: number): Promise<LedgerRecord[]> {
    const sql = "SELECT * FROM ledger WHERE replica = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    return this.#all(ledgerRecordOf, sql, replica, after, limit);
  }

  personal(replica: string, sequence: number): Promise<{ salt: string; value: ValueMap } | undefined> {
    const sql = "SELECT salt, value FROM ledger_personal WHERE replica = $1 AND sequence = $2";
    return this.#one(personalOf, sql, replica, sequence);
  }

  /**
   * Every chain that has records, a head or a checkpoint: records without a head are found this way, and a head without
   * records. It leaps from one chain to the next instead of reading them.
   */
  async ledgerHeads(): Promise<{ replica: string; sequence: number; hash: string }[]> {
    const sql = `
      WITH RECURSIVE recorded AS (
        SELECT min(replica) AS replica FROM ledger
        UNION ALL
        SELECT (SELECT min(replica) FROM ledger WHERE replica > recorded.replica) FROM recorded WHERE recorded.replica IS NOT NULL
      ), signed AS (
        SELECT min(replica) AS replica FROM checkpoint
        UNION ALL
        SELECT (SELECT min(replica) FROM checkpoint WHERE replica > signed.replica) FROM signed WHERE signed.replica IS NOT NULL
      ), chains AS (SELECT replica FROM recorded UNION SELECT replica FROM signed UNION SELECT replica FROM ledger_head)
      SELECT replica, coalesce(sequence, 0) AS sequence, coalesce(hash, '') AS hash
      FROM chains LEFT JOIN ledger_head USING (replica) WHERE replica IS NOT NULL ORDER BY replica`;
    return this.#all(
      (row) => ({
        replica: String(row["replica"]),
        sequence: Number(row["sequence"]),
        hash: String(row["hash"]),
      }),
      sql,
    );
  }

  checkpoints(): Promise<LedgerCheckpoint[]> {
    return this.#all(checkpointOf, "SELECT * FROM checkpoint ORDER BY replica, sequence");
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  async #one<Result>(
    read: (row: Row) => Result,
    sql: string,
    ...values: readonly SqlValue[]
  ): Promise<Result | undefined> {
    const [row] = await this.#connections.read(sql, values);
    return row === undefined ? undefined : read(row);
  }

  async #all<Result>(
    read: (row: Row) => Result,
    sql: string,
    ...values: readonly SqlValue[]
  ): Promise<Result[]> {
    return (await this.#connections.read(sql, values)).map((row) => read(row));
  }
}

function personalOf(row: Row): { salt: string; value: ValueMap } {
  return { salt: String(row["salt"]), value: JSON.parse(String(row["value"])) as ValueMap };
}

function documentOf(row: Row): string {
  return String(row["document"]);
}
