import { type Clock, type LedgerEntry, Refusal, type SealedCredential, systemClock } from "@watchword/core";
import type { TransactionSql } from "postgres";
import type { LedgerKeys } from "../ledger/ledger-keys.ts";
import type { Database, Row } from "../sqlite/database.ts";
import { exclusiveDatabase } from "../sqlite/exclusive-database.ts";
import { COPIED_TO } from "../sqlite/meta-key.ts";
import { appendAlone } from "./append-alone.ts";
import { COPIED_TABLES, type CopiedTable, DERIVED } from "./copied-tables.ts";
import { ownerTransaction } from "./owner-transaction.ts";
import { verifyWithin } from "./verify-within.ts";

/** What {@link copyStore} copies, and where to. */
export interface CopyOptions {
  /** The SQLite file. Nobody else has it open. */
  readonly from: string;
  /** With the role that owns the schema. It is migrated, and empty. */
  readonly to: string | SealedCredential;
  /** Public keys that the ledger's checkpoints are verified with. */
  readonly keys: LedgerKeys;
  /** Checkpoints that were kept outside; the copy is compared with them as well. */
  readonly outside?: readonly string[];
  /** Told after each page of rows, and after each page of records that was verified. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/** Rows of a table that were copied so far, or records that were verified. */
export interface CopyProgress {
  readonly step: CopiedTable | "verification";
  readonly rows: number;
}

/** Rows of each table that are in both stores. */
export type CopiedRows = Readonly<Record<CopiedTable, number>>;

/** How a copy ended. A ledger that does not verify is not copied: nothing changed then. */
export type CopyOutcome =
  | { readonly ok: true; readonly rows: CopiedRows }
  | { readonly ok: false; readonly firstProblem: string };

/** Rows that one statement takes. */
const PAGE = 500;

/**
 * Copies a SQLite store into an empty PostgreSQL in one transaction, and verifies the ledger there before it is committed. A
 * copy is no restore: nothing is forgotten, so the generation stays and run tokens, approvals and leases go on. That is safe
 * for one of the two only, so the file is retired before the commit: no broker opens it again, unless it is restored.
 *
 * @throws Refusal `configuration_invalid` when somebody has the file or the database open, when the database is not empty or
 *   of another version, when the file was copied before, or when the database refuses; `ledger_unavailable` when there is no
 *   such file
 *
 * @example
 * ```ts
 * await copyStore({ from: "watchword.db", to: new SealedCredential(ownerUrl), keys });
 * ```
 */
export async function copyStore(options: CopyOptions): Promise<CopyOutcome> {
  const database = exclusiveDatabase(options.from);
  try {
    if (database.get("SELECT 1 AS copied FROM meta WHERE key = ?", COPIED_TO) !== undefined)
      throw invalid("it was copied before; what goes on is the copy");
    const rows = await ownerTransaction(options.to, { alone: true }, (sql) => copy(database, sql, options));
    return { ok: true, rows };
  } catch (error) {
    if (error instanceof BrokenLedger) return { ok: false, firstProblem: error.message };
    throw error;
  } finally {
    database.close();
  }
}

/** Takes the transaction back; never leaves this file. */
class BrokenLedger extends Error {}

async function copy(database: Database, sql: TransactionSql, options: CopyOptions): Promise<CopiedRows> {
  const { clock = systemClock, onProgress = () => undefined } = options;
  await checkEmpty(sql);
  const copied: [CopiedTable, number][] = [];
  for (const table of COPIED_TABLES)
    copied.push([table, await copyTable(database, sql, table, (rows) => onProgress({ step: table, rows }))]);
  const counts = Object.fromEntries(copied) as CopiedRows;
  await compareCounts(database, sql, counts);
  await copyMeta(database, sql, clock);
  await appendAlone(sql, copyEntry(counts, clock));
  const report = await verifyWithin(sql, options, (rows) => onProgress({ step: "verification", rows }));
  if (!report.ok) throw new BrokenLedger(report.firstProblem ?? "unknown");
  // INVARIANT: of two stores of one generation at most one can be opened, whenever this process ends.
  database.run("INSERT INTO meta VALUES (?, ?)", COPIED_TO, String(clock.now()));
  database.exec("COMMIT");
  return counts;
}

async function checkEmpty(sql: TransactionSql): Promise<void> {
  for (const table of COPIED_TABLES) {
    const [row] = await sql.unsafe<{ there: boolean }[]>(`SELECT EXISTS (SELECT FROM ${table}) AS there`);
    if (row?.there !== false) throw invalid(`the database is not empty: ${table} has rows`);
  }
}

async function copyTable(
  database: Database,
  sql: TransactionSql,
  table: CopiedTable,
  onPage: (rows: number) => void,
): Promise<number> {
  const columns = await columnsOf(database, sql, table);
  const insert = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1::text::json)`;
  let page: object[] = [];
  let rows = 0;
  const flush = async (): Promise<void> => {
    if (page.length === 0) return;
    await sql.unsafe(insert, [JSON.stringify(page)]);
    rows += page.length;
    page = [];
    onPage(rows);
  };
  for (const row of database.iterate(`SELECT * FROM ${table}`)) {
    page.push({ ...storable(row), ...DERIVED[table]?.(row) });
    if (page.length === PAGE) await flush();
  }
  await flush();
  return rows;
}

/** INVARIANT: every column has a source, and nothing that is kept stays behind. */
async function columnsOf(database: Database, sql: TransactionSql, table: CopiedTable): Promise<string> {
  const there = await sql<{ name: string }[]>`
    SELECT attname AS name FROM pg_attribute WHERE attrelid = ${table}::text::regclass AND attnum > 0 AND NOT attisdropped`;
  const wanted = there.map(({ name }) => name).toSorted();
  const kept = database.all(`PRAGMA table_info(${table})`).map((column) => String(column["name"]));
  const derived = wanted.filter((name) => !kept.includes(name));
  if (kept.some((name) => !wanted.includes(name)) || (derived.length > 0 && DERIVED[table] === undefined))
    throw invalid(`the table ${table} is another in each store`);
  return wanted.join(", ");
}

function storable(row: Row): Readonly<Record<string, string | number | null>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? `\\x${Buffer.from(value).toString("hex")}` : value,
    ]),
  );
}

async function compareCounts(database: Database, sql: TransactionSql, counts: CopiedRows): Promise<void> {
  for (const table of COPIED_TABLES) {
    const kept = Number(database.get(`SELECT count(*) AS rows FROM ${table}`)?.["rows"]);
    const [row] = await sql.unsafe<{ rows: string }[]>(`SELECT count(*) AS rows FROM ${table}`);
    if (kept !== counts[table] || kept !== Number(row?.rows))
      throw invalid(`of ${table}, ${kept} rows are ${row?.rows} in the copy`);
  }
}

/** What SQLite keeps about its active policy, PostgreSQL has from the activations; all else goes along. */
async function copyMeta(database: Database, sql: TransactionSql, clock: Clock): Promise<void> {
  for (const row of database.all("SELECT key, value FROM meta WHERE key <> 'active_policy'")) {
    const [key, value] = [String(row["key"]), String(row["value"])];
    await sql`INSERT INTO meta VALUES (${key}, ${value}) ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
  }
  const active = database.get("SELECT value FROM meta WHERE key = 'active_policy'")?.["value"];
  const last = database.get("SELECT version FROM policy_activation ORDER BY epoch DESC LIMIT 1")?.["version"];
  // A store of the first version kept no activations.
  if (typeof active === "string" && active !== last)
    await sql`INSERT INTO policy_activation SELECT value, ${active}::text, ${String(clock.now())}::text::bigint FROM epoch WHERE subject = 'policy'`;
}

function copyEntry(counts: CopiedRows, clock: Clock): LedgerEntry {
  const body = { outcome: "copied", records: counts.ledger, chains: counts.ledger_head };
  return { kind: "recovery", at: clock.now(), tenant: null, body };
}

function invalid(why: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `the store cannot be copied: ${why}` });
}
