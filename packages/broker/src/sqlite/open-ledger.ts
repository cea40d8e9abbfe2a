import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type LedgerRecord, Refusal, type ValueMap, digestOf } from "@watchword/core";
import type { LedgerSource } from "../ledger/ledger-line.ts";
import { recordHash } from "../ledger/record-hash.ts";
import { Database, type Row } from "./database.ts";
import { ledgerRecordOf } from "./read-rows.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { StoreReader } from "./store-reader.ts";

/** A decision as the ledger holds it, with what became of it. */
export interface RecordedDecision {
  /** The record of the decision: kind `intent` when it was allowed, else `decision`. */
  readonly record: LedgerRecord;
  /** What is kept beside the chain: who, with which arguments, why. `undefined` once erased. */
  readonly personal: ValueMap | undefined;
  /** Whether record and personal part are what their hashes say. It says nothing about the records around. */
  readonly intact: boolean;
  /** Other records of the same decision, in the order of time: mint, uses, revocation. */
  readonly others: readonly LedgerRecord[];
}

/** The ledger of a store, for people who look things up. It cannot write, and has no chain of its own. */
export interface Ledger extends Disposable {
  /** `undefined` when no such decision was recorded. */
  decision(id: string): RecordedDecision | undefined;
  /** The decision that was begun last, over all replicas. */
  lastDecision(): RecordedDecision | undefined;
  /** All of it, for export, verification and proofs. */
  readonly source: LedgerSource;
}

/** Milliseconds to wait for a transaction of the broker's. */
const BUSY_MILLISECONDS = 1_500;

/**
 * Opens the ledger of a SQLite store for reading only, beside a broker that writes to it or not. No file is created.
 *
 * @throws Refusal `ledger_unavailable` when the file is not there or cannot be read, `configuration_invalid` when it is
 *   no store of this version.
 *
 * @example
 * ```ts
 * using ledger = openLedger("/var/lib/watchword/watchword.db");
 * const last = ledger.lastDecision();
 * ```
 */
export function openLedger(path: string): Ledger {
  if (!existsSync(path)) throw new Refusal("ledger_unavailable", { detail: `there is no store at ${path}` });
  const database = readable(() => new Database(locationOf(path), OPTIONS), path);
  try {
    checkVersion(database, path);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    decision: (id) => readable(() => decisionOf(database, id), path),
    lastDecision: () =>
      readable(() => {
        // Ids of decisions begin with their time (UUID v7), so the greatest is the latest; the index knows it at once.
        const sql =
          "SELECT decision_id FROM ledger WHERE decision_id IS NOT NULL ORDER BY decision_id DESC LIMIT 1";
        const id = database.get(sql)?.["decision_id"];
        return typeof id === "string" ? decisionOf(database, id) : undefined;
      }, path),
    source: sourceOf(new StoreReader(database), path),
    [Symbol.dispose]: () => database.close(),
  };
}

function sourceOf(reader: StoreReader, path: string): LedgerSource {
  return {
    ledger: async ({ replica = "", after = 0, limit = PAGE } = {}) =>
      readable(() => reader.ledger(replica, after, limit), path),
    ledgerHeads: async () => readable(() => reader.ledgerHeads(), path),
    personal: async (replica, sequence) => readable(() => reader.personal(replica, sequence), path),
    checkpoints: async () => readable(() => reader.checkpoints(), path),
  };
}

const PAGE = 500;
const OPTIONS = { readOnly: true, busyMilliseconds: BUSY_MILLISECONDS } as const;

/**
 * A store that somebody has open has a write-ahead log. Without one nobody does, and a reader would have to create its
 * files, perhaps as another user than the broker's: `immutable` makes it leave the directory alone.
 */
function locationOf(path: string): string {
  const url = pathToFileURL(path);
  if (!existsSync(`${path}-wal`)) url.searchParams.set("immutable", "1");
  return url.href;
}

function checkVersion(database: Database, path: string): void {
  let version: unknown;
  try {
    version = database.get("PRAGMA user_version")?.["user_version"];
  } catch {
    version = undefined;
  }
  // The ledger's own tables have been the same since version 1.
  if (typeof version !== "number" || version < 1 || version > SCHEMA_VERSION)
    throw new Refusal("configuration_invalid", { detail: `${path} is no store of this version` });
}

function decisionOf(database: Database, id: string): RecordedDecision | undefined {
  const rows = database.all(
    "SELECT ledger.*, salt, value FROM ledger LEFT JOIN ledger_personal USING (replica, sequence) WHERE decision_id = ? ORDER BY at, replica, sequence",
    id,
  );
  const row = rows.find(({ kind }) => kind === "decision" || kind === "intent");
  if (row === undefined) return undefined;
  return {
    record: ledgerRecordOf(row),
    personal: row["value"] === null ? undefined : (JSON.parse(String(row["value"])) as ValueMap),
    intact: isIntact(row),
    others: rows.filter((other) => other !== row).map(ledgerRecordOf),
  };
}

function isIntact(row: Row): boolean {
  const { replica, sequence, previous, body, kind, at, tenant, decision_id, commitment, salt, value } = row;
  const hash = recordHash(String(replica), Number(sequence), String(previous), {
    kind: String(kind),
    at: Number(at),
    tenant: textOrNull(tenant),
    decision: textOrNull(decision_id),
    body: String(body),
    commitment: textOrNull(commitment),
  });
  if (hash !== row["hash"]) return false;
  return (
    value === null ||
    digestOf({ salt: String(salt), value: JSON.parse(String(value)) as ValueMap }) === commitment
  );
}

function textOrNull(value: Row[string] | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** SQLite's own message may quote a value, so it stays here. */
function readable<Result>(read: () => Result, path: string): Result {
  try {
    return read();
  } catch {
    throw new Refusal("ledger_unavailable", { detail: `the store at ${path} could not be read` });
  }
}
