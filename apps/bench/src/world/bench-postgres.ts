import { migratePostgres } from "@watchword/broker/postgres";
import connect from "postgres";
// The server that the broker's tests run on.
import { testServer } from "../../../../packages/broker/test/postgres-server.ts";

/** A PostgreSQL of the bench's own, on a directory that is thrown away. Its commits are durable. */
export interface BenchPostgres extends AsyncDisposable {
  /** A new database with the store's schema; gives the URL of the store's role. */
  migrated(): Promise<string>;
  url(role: "admin" | "owner" | "store", database: string): string;
}

export async function benchPostgres(): Promise<BenchPostgres> {
  const server = await testServer();
  const url: BenchPostgres["url"] = (role, database) =>
    `postgresql://${role}:of-these-tests-only@127.0.0.1:${server.port}/${database}`;
  let made = 0;
  return {
    url,
    migrated: async () => {
      const name = `bench_${++made}`;
      const admin = connect(url("admin", "postgres"), { max: 1 });
      await admin.unsafe(`CREATE DATABASE ${name} OWNER owner`);
      await admin.end();
      await migratePostgres(url("owner", name), { role: "store" });
      return url("store", name);
    },
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}
