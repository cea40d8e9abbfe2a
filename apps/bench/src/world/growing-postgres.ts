import connect, { type Sql } from "postgres";
import type { BenchDatabases } from "./bench-postgres.ts";
import { GROWING, KEPT_TOKENS, activation, cloneRows } from "./clone-rows.ts";
import { type GrowingStore, PLANNED, type StoreWork } from "./growing-store.ts";
import { type PostgresCounts, postgresCounts, postgresWork } from "./postgres-work.ts";

/** Autovacuum looks at a table anew once more of its rows than these have changed. */
const ANALYZE_THRESHOLD = 50;

/**
 * A PostgreSQL store in a new database of a server, which counts by itself. It is counted twice: without reading a table whole
 * that an index leads into, because of a table of few rows the planner reads all rather than one; and as it plans by itself.
 */
export async function growingPostgres(databases: BenchDatabases): Promise<GrowingStore> {
  const place = await databases.migrated();
  const name = new URL(place).pathname.slice(1);
  const as = async <Result>(role: "admin" | "owner", use: (sql: Sql) => Promise<Result>): Promise<Result> => {
    const sql = connect(databases.url(role, name), { max: 1, onnotice: () => undefined });
    try {
      return await use(sql);
    } finally {
      await sql.end();
    }
  };
  return {
    name: "PostgreSQL",
    place: { postgres: place },
    countingFlags: [],
    grow: ({ from, to, policy }) =>
      as("owner", async (owner) => {
        await owner.unsafe("SET search_path = watchword");
        for (const growing of to > from ? GROWING : []) {
          const columns = await owner<{ column_name: string }[]>`
            SELECT column_name FROM information_schema.columns
            WHERE table_schema = 'watchword' AND table_name = ${growing.table} ORDER BY ordinal_position`;
          const names = columns.map(({ column_name }) => column_name);
          await owner.unsafe(cloneRows(growing, names, { from, to }));
        }
        if (policy !== undefined) {
          await owner`INSERT INTO policy VALUES (${policy.version}, ${policy.canonical})`;
          for (const statement of activation(policy.version)) await owner.unsafe(statement);
        }
        await owner.unsafe(KEPT_TOKENS);
        if (to - from > ANALYZE_THRESHOLD)
          await owner.unsafe(`ANALYZE ${GROWING.map(({ table }) => table).join(", ")}`);
      }),
    work: ({ ask, act }, exchanges) =>
      as("admin", async (admin) => {
        const counts = async (): Promise<PostgresCounts> => {
          // A connection tells the statistics what it did when it ends. The broker opens others by itself.
          await admin`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = ${name} AND usename = 'store'`;
          await ask("cpu");
          return postgresCounts(admin);
        };
        const counted = async (readsWhole: "on" | "off"): Promise<StoreWork> => {
          await admin.unsafe(`ALTER ROLE store IN DATABASE ${name} SET enable_seqscan = ${readsWhole}`);
          const before = await counts();
          await act(exchanges);
          return postgresWork(before, await counts(), exchanges);
        };
        const planned = Object.entries(await counted("on")).filter(([kind]) => /index|whole/.test(kind));
        return {
          ...(await counted("off")),
          ...Object.fromEntries(planned.map(([kind, count]) => [`${PLANNED}${kind}`, count])),
        };
      }),
  };
}
