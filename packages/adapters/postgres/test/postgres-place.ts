import { randomBytes } from "node:crypto";
import { type Server, type Socket, connect as connectSocket, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { TwinControl, TwinFailure } from "@watchword/conformance";
import { type Connection, SealedCredential } from "@watchword/core";
import connect, { type Sql } from "postgres";
import { inject } from "vitest";
import { type PostgresOptions, setupSql } from "../src/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the tests' PostgreSQL listens. */
    postgresPort: number;
  }
}

/** Of the role that makes the others; tests search for it where it must not be. */
export const CANARY = "test_canary_of_the_admin_5b1e_must_never_be_seen";

/** The tables of {@link postgresPlace}, as an adapter declares them. */
export const TABLES = {
  "shop.orders": {
    key: "id",
    tenant: "tenant_id",
    readable: ["id", "status", "cents"],
    writable: ["id", "status", "cents"],
    deletable: true,
  },
  "shop.notes": { key: "id", tenant: "owner", readable: ["id", "text"], writable: ["text"] },
} satisfies PostgresOptions["tables"];

/** Orders o_1 to o_3 of two tenants each under an id of their own, and what an application would have around them. */
const SHOP = `
CREATE SCHEMA shop;
CREATE TABLE shop.orders (id text PRIMARY KEY, tenant_id text NOT NULL DEFAULT '', status text, cents bigint, secret text DEFAULT 's');
CREATE TABLE shop.notes (id varchar(20) PRIMARY KEY, owner varchar(20) NOT NULL, text text);
INSERT INTO shop.orders (id, tenant_id, status, cents) VALUES
  ('o_1', 'acme', 'open', 100), ('o_2', 'acme', 'paid', 200), ('x_1', 'globex', 'open', 900);
INSERT INTO shop.notes VALUES ('n_1', 'acme', 'ours'), ('n_2', 'globex', 'theirs');
CREATE TABLE shop.accounts (id int PRIMARY KEY, iban text);
INSERT INTO shop.accounts VALUES (1, 'DE00');`;

/** A database of its own on the run's server, as `setupSql` leaves it. */
export interface PostgresPlace extends AsyncDisposable {
  readonly options: PostgresOptions;
  /** Whoever runs the server, in this database. */
  readonly root: Sql;
  connection(account: string, password?: string): Connection;
}

/** Makes the place. Roles are the whole cluster's, so that each place has names of its own. */
export async function postgresPlace(changes: Partial<PostgresOptions> = {}): Promise<PostgresPlace> {
  const id = randomBytes(5).toString("hex");
  const [database, admin] = [`shop_${id}`, `maker_${id}`];
  await asRoot("postgres", async (sql) => void (await sql.unsafe(`CREATE DATABASE ${database}`)));
  const options: PostgresOptions = {
    ...serverAddress(),
    database,
    admin,
    rolePrefix: `ww${id}_`,
    tables: TABLES,
    ...changes,
  };
  const root = rootOf(database);
  await root.unsafe(SHOP);
  await root.unsafe(setupSql(options));
  await root.unsafe(
    `ALTER ROLE ${admin} PASSWORD '${CANARY}'; ALTER TABLE shop.orders ALTER tenant_id SET DEFAULT watchword_access.tenant()`,
  );
  return {
    options,
    root,
    connection: (account, password = CANARY) => ({
      tenant: account,
      system: "db",
      account,
      settings: {},
      secret: new SealedCredential(password),
    }),
    [Symbol.asyncDispose]: async () => {
      await root.end({ timeout: 1 });
      await asRoot("postgres", async (sql) => {
        await sql.unsafe(`DROP DATABASE ${database} WITH (FORCE)`);
        const roles = await sql<
          { name: string }[]
        >`SELECT rolname AS name FROM pg_roles WHERE rolname LIKE ${`ww${id}%`}`;
        for (const { name } of [...roles, { name: admin }]) await sql.unsafe(`DROP ROLE ${name}`);
      });
    },
  };
}

/** Whoever runs the server, in a database. */
export function rootOf(database: string): Sql {
  const url = serverUrl();
  url.pathname = `/${database}`;
  return connect(url.href, { max: 1, onnotice: () => undefined });
}

/** The run's own server; with `LIVE_POSTGRES=1` the one of `LIVE_POSTGRES_URL`, by a role that makes databases and roles. */
export function serverUrl(): URL {
  const { LIVE_POSTGRES: live, LIVE_POSTGRES_URL: url = "" } = process.env;
  return new URL(
    live === "1"
      ? url
      : `postgresql://admin:of-these-tests-only@127.0.0.1:${inject("postgresPort")}/postgres`,
  );
}

/** Where it listens. */
export function serverAddress(): { readonly host: string; readonly port: number } {
  const { hostname, port } = serverUrl();
  return { host: hostname, port: Number(port === "" ? 5_432 : port) };
}

async function asRoot(database: string, work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = rootOf(database);
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** A way to the server that fails as twins do, and that hears everything. */
export interface Wire extends TwinControl, AsyncDisposable {
  readonly port: number;
  /** What went to the server, as text. */
  said(): string;
  /** Cuts the connection once the client has said this, after the server has got it. */
  cutAfter(text: string): void;
  /** From the second connection on it is a server that lets everybody in. */
  trust(): void;
}

/** Starts it in front of the run's server. */
export async function wire(): Promise<Wire> {
  let failure: TwinFailure | null = null;
  let cut: string | undefined;
  let trusting = false;
  let connections = 0;
  let heard = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    sockets.add(client.on("error", () => undefined));
    if (failure === "down") return void client.destroy();
    if (failure === "slow") return;
    if (failure === "garbage") return void client.end("HTTP/1.1 200 OK\r\n\r\n<html>");
    connections += 1;
    if (trusting && connections > 1) return letIn(client);
    const upstream = connectSocket(serverAddress());
    sockets.add(upstream.on("error", () => undefined));
    client.on("data", (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      upstream.write(chunk);
      if (cut !== undefined && chunk.includes(cut)) client.destroy();
    });
    client.on("close", () => upstream.end());
    upstream.pipe(client);
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: [],
    fail: (mode) => void (failure = mode),
    said: () => heard.toString("latin1"),
    cutAfter: (text) => void (cut = text),
    trust: () => void (trusting = true),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** AuthenticationOk and ReadyForQuery to whoever comes, CommandComplete to whatever is asked. */
function letIn(client: Socket): void {
  const ready = Buffer.from("Z\0\0\0\x05I", "latin1");
  client.once("data", () => {
    client.write(Buffer.concat([Buffer.from("R\0\0\0\x08\0\0\0\0", "latin1"), ready]));
    client.on("data", () =>
      client.write(Buffer.concat([Buffer.from("C\0\0\0\x0dSELECT 0\0", "latin1"), ready])),
    );
  });
}
