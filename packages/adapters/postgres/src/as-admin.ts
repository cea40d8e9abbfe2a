import { once } from "node:events";
import { type Socket, connect as connectSocket, isIPv4 } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { type AdapterContext, Refusal, type SealedCredential } from "@watchword/core";
import connect, { type Sql } from "postgres";
import { DatabaseFailure } from "./database-failure.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { refusalOf } from "./refusal-of.ts";

/** One row of an answer. */
export type Row = Readonly<Record<string, unknown>>;

/** A value that a statement is given. */
export type SqlValue = string | number | boolean | null;

/** A session of the role that makes the others. */
export interface Admin {
  /** @throws DatabaseFailure */
  query(text: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** Statements without values, in one round trip. @throws DatabaseFailure */
  run(statements: readonly string[]): Promise<void>;
  /** All of it or nothing. @throws DatabaseFailure, or what `work` throws */
  transaction<Result>(work: (admin: Admin) => Promise<Result>): Promise<Result>;
}

/** Who connects, and within what. */
export interface AdminLogin {
  readonly password: SealedCredential;
  readonly signal: AbortSignal;
}

/** Milliseconds that the server gives a statement of ours, and that one waits for a lock. */
const STATEMENT_MILLISECONDS = 5_000;
const LOCK_MILLISECONDS = 3_000;

/**
 * Does something in a session of its own, which ends with it or when `signal` says so, and never comes back.
 *
 * @throws Refusal `downstream_unavailable`, `downstream_refused`, or what `work` throws
 */
export async function asAdmin<Result>(
  settings: PostgresSettings,
  { connection, signal }: Pick<AdapterContext, "connection" | "signal">,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  try {
    return await inSession(settings, { password: connection.secret, signal }, work);
  } catch (error) {
    throw Refusal.is(error) ? error : refusalOf(settings, DatabaseFailure.from(error));
  }
}

/** As {@link asAdmin}, for a login whose refusal is the answer. @throws DatabaseFailure, or what `work` throws */
export async function inSession<Result>(
  settings: PostgresSettings,
  { password, signal }: AdminLogin,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const socket = await openSocket(settings, signal);
  const sql = open(settings, password, socket);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    reject(new DatabaseFailure("no answer"));
    socket.destroy();
  };
  signal.addEventListener("abort", stop, { once: true });
  // The driver listens only once it has something to say.
  socket.once("close", stop);
  try {
    const result = await Promise.race([work(adminOf(sql)), stopped]);
    // So that the server knows that it was meant.
    await sql.end({ timeout: 1 }).catch(() => undefined);
    return result;
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
    await sql.end({ timeout: 0 }).catch(() => undefined);
  }
}

async function openSocket({ host, port }: PostgresSettings, signal: AbortSignal): Promise<Socket> {
  const socket = connectSocket({ host, port, noDelay: true });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw DatabaseFailure.from(error);
  }
}

function open(settings: PostgresSettings, password: SealedCredential, socket: Socket): Sql {
  const { host, port, database, admin, tls, ca } = settings;
  let taken = false;
  const takeOnce = (): Socket => {
    // INVARIANT: a session that is gone is not opened anew under a transaction that was in it.
    if (taken) throw new DatabaseFailure("CONNECTION_CLOSED");
    taken = true;
    return socket;
  };
  // INVARIANT: with TLS nothing is said before the server has shown a certificate for this host.
  const secure: ConnectionOptions = {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    // The driver names none for an address, and then another name would be looked for.
    ...(isIPv4(host) ? {} : { servername: host }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    ...(ca === undefined ? {} : { ca }),
  };
  const options = {
    host,
    port,
    database,
    username: admin,
    ssl: tls ? secure : false,
    // The driver takes what this gives for a connected socket; its types leave it out.
    socket: takeOnce,
    max: 1,
    connect_timeout: STATEMENT_MILLISECONDS / 1_000,
    backoff: () => 0,
    fetch_types: false,
    prepare: false,
    onnotice: () => undefined,
    connection: {
      application_name: "watchword-adapter",
      search_path: "pg_catalog",
      statement_timeout: STATEMENT_MILLISECONDS,
      lock_timeout: LOCK_MILLISECONDS,
      default_transaction_isolation: "read committed" as const,
    },
  };
  return password.open((text) => connect({ ...options, password: text }));
}

function adminOf(sql: Sql): Admin {
  const query: Admin["query"] = (text, values = []) =>
    asking(async () => sql.unsafe<Row[]>(text, [...values] as string[]));
  const admin: Admin = {
    query,
    run: async (statements) => {
      await asking(async () => sql.unsafe(statements.join(";\n")));
    },
    // By hand: the driver's own way writes ROLLBACK to a connection that is gone, outside of anybody's reach.
    transaction: async (work) => {
      await query("BEGIN");
      try {
        const result = await work(admin);
        await query("COMMIT");
        return result;
      } catch (error) {
        await query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    },
  };
  return admin;
}

async function asking<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw DatabaseFailure.from(error);
  }
}
