import { type Clock, SealedCredential, type Store, newId, systemClock } from "@watchword/core";
import { CommandStore } from "../sqlite/command-store.ts";
import { checkDatabase } from "./check-database.ts";
import { Connections } from "./connections.ts";
import { PostgresReader } from "./postgres-reader.ts";
import { PostgresWriter } from "./postgres-writer.ts";

/** How {@link postgres} reaches its database. */
export interface PostgresOptions {
  /**
   * `postgresql://role:password@host:port/database?sslmode=verify-full`, with the role that `migratePostgres` was told. It is
   * in no error and no log.
   */
  readonly url: string | SealedCredential;
  /** Connections for reading; one more writes. Default 4. */
  readonly readers?: number;
  /** Default: the system's clock. It only gives the new replica its time-ordered name. */
  readonly clock?: Clock;
}

const DEFAULT_READERS = 4;
/** With what else an exchange does, a database that is silent is a refusal within two seconds. */
const ANSWER_MILLISECONDS = 1_800;
/** Before the answer counts as lost, so that a busy database keeps its connections. */
const READ_MILLISECONDS = 1_600;
/** Ending many thousand runs may take longer than its caller waits. */
const WRITE_MILLISECONDS = 30_000;

/**
 * Opens a store in PostgreSQL 15 or newer, for any number of replicas on one database. What one act spends and its record
 * are one round trip; what arrives together is one commit. Each opening has a ledger chain of its own. Lost connections are
 * opened again by themselves.
 *
 * @throws Refusal `configuration_invalid` when the database was not migrated or by a newer version, when a commit would not
 *   be durable (`synchronous_commit` or `fsync` off), when the role may more than it needs; `ledger_unavailable` when the
 *   database does not answer. Its methods throw `ledger_unavailable` when a change is not durable within two seconds, and
 *   nothing of it happened or a later read tells.
 *
 * @example
 * ```ts
 * await using store = await postgres({ url: new SealedCredential(databaseUrl) });
 * ```
 */
export async function postgres(options: PostgresOptions): Promise<Store> {
  const url = typeof options.url === "string" ? new SealedCredential(options.url) : options.url;
  const common = { url, answerMilliseconds: ANSWER_MILLISECONDS };
  const max = options.readers ?? DEFAULT_READERS;
  const reading = new Connections({ ...common, max, statementMilliseconds: READ_MILLISECONDS });
  try {
    const generation = await checkDatabase(reading);
    const replica = newId("rep", (options.clock ?? systemClock).now());
    const writing = new Connections({ ...common, max: 1, statementMilliseconds: WRITE_MILLISECONDS });
    return new CommandStore(
      replica,
      new PostgresWriter(replica, generation, writing),
      new PostgresReader(reading),
    );
  } catch (error) {
    await reading.close();
    throw error;
  }
}
