import { closeSync, openSync } from "node:fs";
import { type Clock, Refusal, type Store, newId, systemClock } from "@watchword/core";
import { CommandStore } from "./command-store.ts";
import { Database } from "./database.ts";
import { StoreReader } from "./store-reader.ts";
import { Writer } from "./writer.ts";

/** How {@link sqlite} opens its file. */
export interface SqliteOptions {
  /** Default: the system's clock. It only gives the new replica its time-ordered name. */
  readonly clock?: Clock;
  /** Milliseconds to wait for another process's transaction. Default 1,500. */
  readonly busyMilliseconds?: number;
  /** Pages (4 KiB each) that the file may grow to. Default: as the disk allows. */
  readonly maxPages?: number;
  /**
   * Bytes that must be free on the disk for anything new to begin: runs, credentials, requests. What is left is for refusals and
   * for the ends of what is under way. Default 64 MiB.
   */
  readonly reservedBytes?: number;
}

const DEFAULT_BUSY_MILLISECONDS = 1_500;
const DEFAULT_RESERVED_BYTES = 67_108_864;

/**
 * Opens or creates a store in one SQLite file, with mode 0600. A thread of its own writes, and commits what arrives
 * together in one flush (WAL, `synchronous=FULL`): a resolved promise survives power loss. Several processes may open
 * the same file; each has a ledger chain of its own.
 *
 * @throws Refusal `configuration_invalid` when the path is in memory or cannot be opened as a store. Its methods throw
 *   `ledger_unavailable` when a change is not durable within two seconds, and nothing of it happened or a later read
 *   tells.
 *
 * @example
 * ```ts
 * await using store = await sqlite("/var/lib/watchword/watchword.db");
 * ```
 */
export async function sqlite(path: string, options: SqliteOptions = {}): Promise<Store> {
  if (path === "" || path.includes(":memory:") || path.startsWith("file:")) {
    throw new Refusal("configuration_invalid", {
      detail: "the store needs the path of a file: what is only in memory cannot be recorded durably",
    });
  }
  createPrivate(path);
  const busyMilliseconds = options.busyMilliseconds ?? DEFAULT_BUSY_MILLISECONDS;
  const replica = newId("rep", (options.clock ?? systemClock).now());
  const { maxPages, reservedBytes = DEFAULT_RESERVED_BYTES } = options;
  const writer = await Writer.start({ path, replica, busyMilliseconds, maxPages, reservedBytes });
  const reader = new StoreReader(new Database(path, { readOnly: true, busyMilliseconds }));
  return new CommandStore(replica, writer, reader);
}

/** SQLite gives its side files the mode of the database, so that one decides. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch {
    throw new Refusal("configuration_invalid", {
      detail: `the store at ${path} cannot be opened for writing; give a path in a directory that exists and is writable`,
    });
  }
}
