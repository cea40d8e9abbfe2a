import { Refusal, type SealedCredential } from "@watchword/core";
import connect, { type Sql } from "postgres";
import type { Row } from "../sqlite/database.ts";

/** How {@link Connections} reach the database. */
export interface ConnectionSettings {
  readonly url: SealedCredential;
  /** At most so many connections. */
  readonly max: number;
  /** Milliseconds that the database itself gives a statement. */
  readonly statementMilliseconds: number;
  /** Milliseconds after which a statement without an answer counts as lost, with the connection it is on. */
  readonly answerMilliseconds: number;
  /** For whoever only looks things up: the database itself refuses every change. */
  readonly readOnly?: boolean;
}

/** A value that a statement is given. */
export type SqlValue = string | number | boolean | null;

/** A database's refusal: its code, never its text, which may quote a value. */
export class DatabaseFailure extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * Connections to one database, opened when they are needed and again when they were lost. A statement that gets no answer
 * in time takes its connections along, because what hangs would hang the next one, too.
 */
export class Connections {
  readonly #settings: ConnectionSettings;
  #sql: Sql;
  #closed = false;

  /** @throws Refusal `configuration_invalid` when the URL cannot be read */
  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#sql = open(settings);
  }

  /** @throws DatabaseFailure whatever goes wrong; whether the statement was carried out is open then */
  async query(
    text: string,
    values: readonly SqlValue[] = [],
    milliseconds: number = this.#settings.answerMilliseconds,
  ): Promise<readonly Row[]> {
    if (this.#closed) throw new DatabaseFailure("closed");
    const sql = this.#sql;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new DatabaseFailure("no answer"));
      this.#renew(sql);
    }, milliseconds);
    try {
      return await Promise.race([sql.unsafe<Row[]>(text, [...values], { prepare: true }), late]);
    } catch (error) {
      throw new DatabaseFailure(codeOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** A statement that changes nothing: when its connection turns out to be dead, it is asked on another, in the same time. */
  async read(text: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    const end = performance.now() + this.#settings.answerMilliseconds;
    try {
      return await this.query(text, values);
    } catch (error) {
      if (!(error instanceof DatabaseFailure && LOST.has(error.code))) throw error;
      return this.query(text, values, Math.max(0, end - performance.now()));
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#sql.end({ timeout: 1 }).catch(() => undefined);
  }

  #renew(lost: Sql): void {
    if (this.#sql !== lost || this.#closed) return;
    this.#sql = open(this.#settings);
    void lost.end({ timeout: 0 }).catch(() => undefined);
  }
}

/** How a connection ends that somebody closed at the other end. */
const LOST: ReadonlySet<string> = new Set([
  "57P01",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "ECONNRESET",
  "EPIPE",
]);

const INT8 = 20;
const BYTEA = 17;

function open({ url, max, statementMilliseconds, readOnly = false }: ConnectionSettings): Sql {
  try {
    return url.open((text) =>
      connect(text, {
        max,
        connect_timeout: 2,
        // A database that is back is used at once.
        backoff: () => 0.05,
        fetch_types: false,
        onnotice: () => undefined,
        connection: {
          // A broker goes by this name: restores and copies are refused while one is there.
          application_name: readOnly ? "watchword-reader" : "watchword",
          default_transaction_read_only: readOnly,
          search_path: "watchword, pg_temp",
          statement_timeout: statementMilliseconds,
          default_transaction_isolation: "read committed",
        },
        types: {
          // Numbers of the store are safe integers, as JSON has them.
          integer: { to: INT8, from: [INT8], serialize: String, parse: Number },
          bytes: {
            to: BYTEA,
            from: [BYTEA],
            serialize: (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString("hex")}`,
            parse: (hex: string) => Uint8Array.from(Buffer.from(hex.slice(2), "hex")),
          },
        },
      }),
    ) as Sql;
  } catch {
    throw new Refusal("configuration_invalid", {
      detail: "the database's URL cannot be read; write postgresql://role:password@host:port/database",
    });
  }
}

function codeOf(error: unknown): string {
  if (error instanceof DatabaseFailure) return error.code;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{2,32}$/.test(code) ? code : "unknown";
}
