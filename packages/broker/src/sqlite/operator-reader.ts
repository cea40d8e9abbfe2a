import type { FrozenSubject, LeaseRecord, LedgerRecord, RunRecord } from "@watchword/core";
import type { Database } from "./database.ts";
import { AFTER_ALL_IDS, type OperatorQueries } from "./operator-queries.ts";
import { leaseOf, ledgerRecordOf, runOf } from "./read-rows.ts";

/** What operators look through in a SQLite store. */
export class OperatorReader implements OperatorQueries {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A later record of the same kind, a refusal of what had been allowed, is no decision of its own. */
  decisions({
    tenant,
    before = AFTER_ALL_IDS,
    limit,
  }: Parameters<OperatorQueries["decisions"]>[0]): LedgerRecord[] {
    const everywhere =
      "SELECT * FROM ledger AS own WHERE kind IN ('decision', 'intent') AND decision_id < ? AND NOT EXISTS (SELECT 1 FROM ledger AS earlier WHERE earlier.decision_id = own.decision_id AND earlier.kind IN ('decision', 'intent') AND (earlier.at, earlier.replica, earlier.sequence) < (own.at, own.replica, own.sequence)) ORDER BY decision_id DESC LIMIT ?";
    const ofTenant =
      "SELECT * FROM ledger AS own WHERE tenant = ? AND kind IN ('decision', 'intent') AND decision_id < ? AND NOT EXISTS (SELECT 1 FROM ledger AS earlier WHERE earlier.decision_id = own.decision_id AND earlier.kind IN ('decision', 'intent') AND (earlier.at, earlier.replica, earlier.sequence) < (own.at, own.replica, own.sequence)) ORDER BY decision_id DESC LIMIT ?";
    const rows =
      tenant === undefined
        ? this.#database.all(everywhere, before, limit)
        : this.#database.all(ofTenant, tenant, before, limit);
    return rows.map(ledgerRecordOf);
  }

  decisionRecords(decisionId: string, limit: number): LedgerRecord[] {
    const sql = "SELECT * FROM ledger WHERE decision_id = ? ORDER BY at, replica, sequence LIMIT ?";
    return this.#database.all(sql, decisionId, limit).map(ledgerRecordOf);
  }

  decisionsOfObject(system: string, objectId: string, limit: number): string[] {
    const sql =
      "SELECT decision_id FROM decision_object WHERE system = ? AND object = ? ORDER BY decision_id DESC LIMIT ?";
    return this.#database.all(sql, system, objectId, limit).map((row) => String(row["decision_id"]));
  }

  activeLeases({ tenant, after = "", limit }: Parameters<OperatorQueries["activeLeases"]>[0]): LeaseRecord[] {
    const everywhere = "SELECT * FROM lease WHERE revocation IS NULL AND id > ? ORDER BY id LIMIT ?";
    const ofTenant =
      "SELECT * FROM lease WHERE tenant = ? AND revocation IS NULL AND id > ? ORDER BY id LIMIT ?";
    const rows =
      tenant === undefined
        ? this.#database.all(everywhere, after, limit)
        : this.#database.all(ofTenant, tenant, after, limit);
    return rows.map(leaseOf);
  }

  /** Expired runs are many and stay; so the living ones are found by their expiry, and only the page is read as rows. */
  livingRuns({ tenant, after = "", limit, now }: Parameters<OperatorQueries["livingRuns"]>[0]): RunRecord[] {
    const everywhere =
      "SELECT record, expires_at, ended_at FROM run WHERE id IN (SELECT id FROM run INDEXED BY run_living WHERE ended_at IS NULL AND expires_at > ? AND id > ? ORDER BY id LIMIT ?) ORDER BY id";
    const ofTenant =
      "SELECT record, expires_at, ended_at FROM run WHERE id IN (SELECT id FROM run INDEXED BY run_of_tenant WHERE tenant = ? AND ended_at IS NULL AND expires_at > ? AND id > ? ORDER BY id LIMIT ?) ORDER BY id";
    const rows =
      tenant === undefined
        ? this.#database.all(everywhere, now, after, limit)
        : this.#database.all(ofTenant, tenant, now, after, limit);
    return rows.map(runOf);
  }

  frozenSubjects(): FrozenSubject[] {
    return this.#database
      .all("SELECT subject FROM frozen ORDER BY subject")
      .map((row) => row["subject"] as FrozenSubject);
  }

  tenantIds({ after = "", limit }: Parameters<OperatorQueries["tenantIds"]>[0]): string[] {
    return this.#database
      .all("SELECT id FROM tenant WHERE id > ? ORDER BY id LIMIT ?", after, limit)
      .map((row) => String(row["id"]));
  }
}
