import type { StorePlace } from "@watchword/conformance";
import { randomToken } from "@watchword/core";
import connect, { type Sql } from "postgres";
import { inject } from "vitest";
import { type PostgresOptions, postgres } from "../src/postgres/index.ts";

/** A database of its own on the server that `postgres-server.ts` started. */
export interface PostgresPlace extends StorePlace {
  readonly name: string;
  /** Its URL for a role: `store`, `owner` of the schema, `admin` of the server. */
  url(role: "store" | "owner" | "admin"): string;
  /** A connection as a role, closed with the place. */
  as(role: "store" | "owner" | "admin"): Sql;
}

export interface PostgresPlaceOptions extends Omit<PostgresOptions, "url"> {
  /** Default: the migrated one. */
  readonly template?: string;
}

export async function postgresPlace(options: PostgresPlaceOptions = {}): Promise<PostgresPlace> {
  const { template = "template_watchword", ...rest } = options;
  const name = `w_${randomToken(12)
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .toLowerCase()}`;
  const opened: Sql[] = [];
  const url = (role: string, database = name): string =>
    `postgresql://${role}:of-these-tests-only@127.0.0.1:${inject("postgresPort")}/${database}`;
  const as = (role: string, database?: string): Sql => {
    const sql = connect(url(role, database), { max: 1, onnotice: () => undefined });
    opened.push(sql);
    return sql;
  };
  const admin = as("admin", "postgres");
  await admin.unsafe(`CREATE DATABASE ${name} OWNER owner TEMPLATE ${template}`);
  return {
    name,
    url: (role) => url(role),
    as: (role) => as(role),
    open: () => postgres({ ...rest, url: url("store") }),
    [Symbol.asyncDispose]: async () => {
      await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
      await Promise.all(opened.map((sql) => sql.end({ timeout: 1 }).catch(() => undefined)));
    },
  };
}
