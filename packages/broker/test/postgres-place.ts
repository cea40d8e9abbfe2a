import type { StorePlace } from "@watchword/conformance";
import { randomToken } from "@watchword/core";
import connect, { type Sql } from "postgres";
import { inject } from "vitest";
import { type PostgresOptions, migratePostgres, postgres } from "../src/postgres/index.ts";

/** Who may what: the store's own role, the owner of the schema, the superuser. */
export type TestRole = "store" | "owner" | "admin";

/** A database of its own on the server that `postgres-server.ts` started. */
export interface PostgresPlace extends StorePlace {
  readonly name: string;
  url(role: TestRole): string;
  /** One connection, closed with the place. */
  as(role: TestRole): Sql;
}

export interface PostgresPlaceOptions extends Omit<PostgresOptions, "url"> {
  /** Default: the migrated one. */
  readonly template?: string;
}

export async function postgresPlace(options: PostgresPlaceOptions = {}): Promise<PostgresPlace> {
  const { template, ...rest } = options;
  const name = await createDatabase(template);
  const opened: Sql[] = [];
  const url = (role: TestRole): string => databaseUrl(role, name);
  return {
    name,
    url,
    as: (role) => {
      const sql = oneConnection(url(role));
      opened.push(sql);
      return sql;
    },
    open: () => postgres({ ...rest, url: url("store") }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map((sql) => sql.end({ timeout: 1 }).catch(() => undefined)));
      await dropDatabase(name);
    },
  };
}

export function databaseUrl(role: TestRole, name: string, port = inject("postgresPort")): string {
  return `postgresql://${role}:of-these-tests-only@127.0.0.1:${port}/${name}`;
}

/** Gives the name of a new database: migrated, unless it is copied from another than the default. */
export async function createDatabase(template?: string, port?: number): Promise<string> {
  const name = `w_${randomToken(16)
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .toLowerCase()}`;
  await administer(port, async (admin) => {
    // One file of tests after the other, so that the first one migrates for all.
    await admin`SELECT pg_advisory_lock(1)`;
    const [there] = await admin`SELECT FROM pg_database WHERE datname = ${MIGRATED}`;
    if (there === undefined && template === undefined) {
      await admin.unsafe(`CREATE DATABASE ${MIGRATED} OWNER owner`);
      await migratePostgres(databaseUrl("owner", MIGRATED, port), { role: "store" });
    }
    await admin.unsafe(`CREATE DATABASE ${name} OWNER owner TEMPLATE ${template ?? MIGRATED}`);
  });
  return name;
}

export function dropDatabase(name: string): Promise<void> {
  return administer(undefined, async (admin) => {
    await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
  });
}

const MIGRATED = "template_watchword";

async function administer(port: number | undefined, work: (admin: Sql) => Promise<void>): Promise<void> {
  const admin = oneConnection(databaseUrl("admin", "postgres", port));
  try {
    await work(admin);
  } finally {
    await admin.end({ timeout: 1 });
  }
}

function oneConnection(url: string): Sql {
  return connect(url, { max: 1, onnotice: () => undefined });
}
