import type { FrozenSubject, LeaseRecord, LedgerRecord, RunRecord } from "@watchword/core";
import type { Row } from "../sqlite/database.ts";
import { AFTER_ALL_IDS, type OperatorQueries } from "../sqlite/operator-queries.ts";
import { leaseOf, ledgerRecordOf, runOf } from "../sqlite/read-rows.ts";
import type { Connections, SqlValue } from "./connections.ts";

/** What operators look through in PostgreSQL, one round trip each. Ids are sorted by their bytes, as in the indexes. */
export class PostgresOperatorReader implements OperatorQueries {
  readonly #connections: Pick<Connections, "read">;

  constructor(connections: Pick<Connections, "read">) {
    this.#connections = connections;
  }

  /** A later record of the same kind, a refusal of what had been allowed, is no decision of its own. */
  decisions({
    tenant,
    before = AFTER_ALL_IDS,
    limit,
  }: Parameters<OperatorQueries["decisions"]>[0]): Promise<LedgerRecord[]> {
    const everywhere = `SELECT * FROM ledger AS own WHERE kind IN ('decision', 'intent') AND decision_id COLLATE "C" < $1 AND (replica, sequence) = (SELECT replica, sequence FROM ledger AS first WHERE first.decision_id = own.decision_id AND first.kind IN ('decision', 'intent') ORDER BY at, replica, sequence LIMIT 1) ORDER BY decision_id COLLATE "C" DESC LIMIT $2`;
    const ofTenant = `SELECT * FROM ledger AS own WHERE kind IN ('decision', 'intent') AND decision_id COLLATE "C" < $1 AND (replica, sequence) = (SELECT replica, sequence FROM ledger AS first WHERE first.decision_id = own.decision_id AND first.kind IN ('decision', 'intent') ORDER BY at, replica, sequence LIMIT 1) AND tenant = $3 ORDER BY decision_id COLLATE "C" DESC LIMIT $2`;
    return tenant === undefined
      ? this.#all(ledgerRecordOf, everywhere, before, limit)
      : this.#all(ledgerRecordOf, ofTenant, before, limit, tenant);
  }

  decisionRecords(decisionId: string, limit: number): Promise<LedgerRecord[]> {
    const sql = "SELECT * FROM ledger WHERE decision_id = $1 ORDER BY at, replica, sequence LIMIT $2";
    return this.#all(ledgerRecordOf, sql, decisionId, limit);
  }

  decisionsOfObject(system: string, objectId: string, limit: number): Promise<string[]> {
    const sql =
      "SELECT decision_id FROM decision_object WHERE system = $1 AND object = $2 ORDER BY decision_id DESC LIMIT $3";
    return this.#all((row) => String(row["decision_id"]), sql, system, objectId, limit);
  }

  activeLeases({
    tenant,
    after = "",
    limit,
  }: Parameters<OperatorQueries["activeLeases"]>[0]): Promise<LeaseRecord[]> {
    const everywhere = `SELECT * FROM lease WHERE revocation IS NULL AND id COLLATE "C" > $1 ORDER BY id COLLATE "C" LIMIT $2`;
    const ofTenant = `SELECT * FROM lease WHERE revocation IS NULL AND id COLLATE "C" > $1 AND tenant = $3 ORDER BY id COLLATE "C" LIMIT $2`;
    return tenant === undefined
      ? this.#all(leaseOf, everywhere, after, limit)
      : this.#all(leaseOf, ofTenant, after, limit, tenant);
  }

  /** Expired runs are many and stay, so the living ones are found by their expiry. */
  livingRuns({
    tenant,
    after = "",
    limit,
    now,
  }: Parameters<OperatorQueries["livingRuns"]>[0]): Promise<RunRecord[]> {
    const everywhere = `SELECT record, expires_at, ended_at FROM run WHERE ended_at IS NULL AND expires_at > $1 AND id COLLATE "C" > $2 ORDER BY id COLLATE "C" LIMIT $3`;
    const ofTenant = `SELECT record, expires_at, ended_at FROM run WHERE ended_at IS NULL AND expires_at > $1 AND id COLLATE "C" > $2 AND tenant = $4 ORDER BY id COLLATE "C" LIMIT $3`;
    return tenant === undefined
      ? this.#all(runOf, everywhere, now, after, limit)
      : this.#all(runOf, ofTenant, now, after, limit, tenant);
  }

  frozenSubjects(): Promise<FrozenSubject[]> {
    const sql = `SELECT subject FROM frozen ORDER BY subject COLLATE "C"`;
    return this.#all((row) => row["subject"] as FrozenSubject, sql);
  }

  tenantIds({ after = "", limit }: Parameters<OperatorQueries["tenantIds"]>[0]): Promise<string[]> {
    const sql = `SELECT id FROM tenant WHERE id COLLATE "C" > $1 ORDER BY id COLLATE "C" LIMIT $2`;
    return this.#all((row) => String(row["id"]), sql, after, limit);
  }

  async #all<Result>(
    read: (row: Row) => Result,
    sql: string,
    ...values: readonly SqlValue[]
  ): Promise<Result[]> {
    return (await this.#connections.read(sql, values)).map((row) => read(row));
  }
}
