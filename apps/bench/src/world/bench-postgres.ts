import { migratePostgres } from "@watchword/broker/postgres";
import connect from "postgres";
// The server that the broker's tests run on.
import { testServer } from "../../../../packages/broker/test/postgres-server.ts";

/** The databases of a server that is the bench's, or its tests', own. */
export interface BenchDatabases {
  /** A new database with the store's schema; gives the URL of the store's role. */
  migrated(): Promise<string>;
  url(role: "admin" | "owner" | "store", database: string): string;
}

/** A PostgreSQL of the bench's own, on a directory that is thrown away. Its commits are durable. */
export interface BenchPostgres extends BenchDatabases, AsyncDisposable {}

/** Has the server count every statement, also those of functions, and leave tables alone meanwhile. */
const COUNTING = [
  ["shared_preload_libraries", "pg_stat_statements"],
  ["pg_stat_statements.track", "all"],
  ["autovacuum", "off"],
].flatMap(([name, value]) => ["-c", `${name}=${value}`]);

/** Starts a server. `counting`: one that counts statements. */
export async function benchPostgres({ counting = false } = {}): Promise<BenchPostgres> {
  const server = await testServer();
  if (counting) {
    await server.stop();
    await server.start(...COUNTING);
  }
  return {
    ...benchDatabases(server.port, counting ? ["CREATE EXTENSION pg_stat_statements"] : []),
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}

/** The databases of the server on a port. `prepare`: what is done to each new one as the superuser. */
export function benchDatabases(port: number, prepare: readonly string[] = []): BenchDatabases {
  const url: BenchDatabases["url"] = (role, database) =>
    `postgresql://${role}:of-these-tests-only@127.0.0.1:${port}/${database}`;
  const asAdmin = async (database: string, statements: readonly string[]): Promise<void> => {
    const admin = connect(url("admin", database), { max: 1 });
    for (const statement of statements) await admin.unsafe(statement);
    await admin.end();
  };
  let made = 0;
  return {
    url,
    migrated: async () => {
      const name = `bench_${++made}`;
      await asAdmin("postgres", [`CREATE DATABASE ${name} OWNER owner`]);
      await migratePostgres(url("owner", name), { role: "store" });
      await asAdmin(name, prepare);
      return url("store", name);
    },
  };
}
