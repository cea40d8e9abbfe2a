import type { StorePlace } from "@watchword/conformance";
import { randomToken } from "@watchword/core";
import connect, { type Sql } from "postgres";
import { inject } from "vitest";
import { type PostgresOptions, postgres } from "../src/postgres/index.ts";

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

export function databaseUrl(role: TestRole, name: string): string {
  return `postgresql://${role}:of-these-tests-only@127.0.0.1:${inject("postgresPort")}/${name}`;
}

/** Gives the name of a new database. */
export async function createDatabase(template = "template_watchword"): Promise<string> {
  const name = `w_${randomToken(16)
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .toLowerCase()}`;
  await administer(`CREATE DATABASE ${name} OWNER owner TEMPLATE ${template}`);
  return name;
}

export function dropDatabase(name: string): Promise<void> {
  return administer(`DROP DATABASE ${name} WITH (FORCE)`);
}

async function administer(statement: string): Promise<void> {
  const admin = oneConnection(databaseUrl("admin", "postgres"));
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.end({ timeout: 1 });
  }
}

function oneConnection(url: string): Sql {
  return connect(url, { max: 1, onnotice: () => undefined });
}
