import { type AdapterContext, type Authority, type Minted, systemClock } from "@watchword/core";
import connect, { type Sql } from "postgres";
import { postgres } from "../src/index.ts";
import { type PostgresPlace, postgresPlace } from "./postgres-place.ts";

/** A place with an adapter in front of it, and tools that hold what was released to them. */
export interface PostgresDesk extends AsyncDisposable {
  readonly place: PostgresPlace;
  context(account?: string, changes?: Partial<AdapterContext>): AdapterContext;
  /** The authority for an operation on the orders, or on what `values` names. */
  authorityFor(operation: string, values: object, tenant?: string): Authority;
  mint(
    operation: string,
    values: object,
    tenant?: string,
    changes?: Partial<AdapterContext>,
  ): Promise<Minted>;
  /** A session as a tool has it. */
  asTool(minted: Pick<Minted, "credential">): Sql;
  /** Ends the sessions of tools. */
  closeTools(): Promise<void>;
  /** Names of roles that actions got, or of one. */
  roles(name?: string): Promise<string[]>;
}

/** What a reader asks for. */
export const READ = { columns: "id,status" };
/** The server's word for what a role may not do. */
export const DENIED = "42501";

export async function postgresDesk(): Promise<PostgresDesk> {
  const place = await postgresPlace();
  const adapter = postgres(place.options);
  const open: Sql[] = [];
  const context: PostgresDesk["context"] = (account = "acme", changes = {}) => ({
    connection: place.connection(account),
    fetch,
    clock: systemClock,
    signal: new AbortController().signal,
    ...changes,
  });
  const authorityFor: PostgresDesk["authorityFor"] = (operation, values, tenant = "acme") =>
    adapter.plan({
      system: "db",
      operation,
      resource: { tenant },
      arguments: { table: "shop.orders", ...values },
    });
  const closeTools = async (): Promise<void> => {
    await Promise.all(open.splice(0).map((sql) => sql.end({ timeout: 0 })));
  };
  return {
    place,
    context,
    authorityFor,
    closeTools,
    mint: (operation, values, tenant = "acme", changes = {}) =>
      adapter.mint(authorityFor(operation, values, tenant), context(tenant, changes)),
    asTool: ({ credential }) => {
      const sql = credential.open((url) =>
        connect(url, { max: 1, onnotice: () => undefined, fetch_types: false }),
      );
      open.push(sql);
      return sql;
    },
    roles: async (name = `${place.options.rolePrefix}%`) =>
      (await place.root<{ rolname: string }[]>`SELECT rolname FROM pg_roles WHERE rolname LIKE ${name}`).map(
        ({ rolname }) => rolname,
      ),
    [Symbol.asyncDispose]: async () => {
      await closeTools();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** How an attempt went: `done`, or the server's code. */
export const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "done",
    (error: { code?: string }) => String(error.code),
  );

export const roleIn = ({ credential }: Minted): string => credential.open((url) => new URL(url).username);
