import type { Sql } from "postgres";
import type { StoreWork } from "./growing-store.ts";

/** What a database has counted so far, by kind. */
export type PostgresCounts = Readonly<Record<string, number>>;

/** Begins the names of counts that depend on what the planner chose. */
const WHOLE = "whole readings of ";

/** Reads what the server has counted of the store's tables and, where it counts them, of the store's statements. */
export async function postgresCounts(admin: Sql): Promise<PostgresCounts> {
  const tables = await admin<TableRow[]>`
    SELECT relname AS table, coalesce(idx_scan, 0)::int AS probes, coalesce(idx_tup_fetch, 0)::int AS fetched,
      seq_scan::int AS scans, seq_tup_read::int AS scanned, (n_tup_ins + n_tup_upd + n_tup_del)::int AS written
    FROM pg_stat_user_tables WHERE schemaname = 'watchword' ORDER BY relname`;
  const sum = (of: (row: TableRow) => number): number => tables.reduce((total, row) => total + of(row), 0);
  return {
    ...(await statements(admin)),
    "rows written": sum(({ written }) => written),
    "index probes": sum(({ probes }) => probes),
    "rows found by an index": sum(({ fetched }) => fetched),
    "whole tables read": sum(({ scans }) => scans),
    "rows of whole tables": sum(({ scanned }) => scanned),
    ...Object.fromEntries(tables.map(({ table, scans }) => [`${WHOLE}${table}`, scans])),
  };
}

/** The difference, of each of so many exchanges; of tables that were read whole those that were. */
export function postgresWork(before: PostgresCounts, after: PostgresCounts, exchanges: number): StoreWork {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, (count - (before[name] ?? 0)) / exchanges] as const)
      .filter(([name, count]) => count !== 0 || !name.startsWith(WHOLE)),
  );
}

interface TableRow {
  readonly table: string;
  readonly probes: number;
  readonly fetched: number;
  readonly scans: number;
  readonly scanned: number;
  readonly written: number;
}

/** By `pg_stat_statements`, which only a server counts that was started with it. */
async function statements(admin: Sql): Promise<PostgresCounts> {
  const [extension] = await admin`SELECT FROM pg_extension WHERE extname = 'pg_stat_statements'`;
  if (extension === undefined) return {};
  const [row] = await admin<{ sent: number; within: number; rows: number }[]>`
    SELECT coalesce(sum(calls) FILTER (WHERE toplevel), 0)::int AS sent,
      coalesce(sum(calls) FILTER (WHERE NOT toplevel), 0)::int AS within, coalesce(sum(rows), 0)::int AS rows
    FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND userid = 'store'::regrole`;
  return {
    statements: row?.sent ?? 0,
    "statements of its functions": row?.within ?? 0,
    "rows read or written": row?.rows ?? 0,
  };
}
