import { existsSync } from "node:fs";
import { Refusal } from "@watchword/core";
import { Database } from "./database.ts";
import { SCHEMA_VERSION } from "./schema.ts";

/** SQLITE_BUSY */
const BUSY = 5;

/**
 * Opens a store that is there for this process alone, and begins a transaction that nobody else's precedes. Whoever gets it
 * commits or rolls back, and closes.
 *
 * @throws Refusal `ledger_unavailable` when there is no such file, `configuration_invalid` when somebody has it open, or when
 *   it is no store of this version
 */
export function exclusiveDatabase(path: string): Database {
  if (!existsSync(path)) throw new Refusal("ledger_unavailable", { detail: `there is no store at ${path}` });
  const database = new Database(path, { readOnly: false, busyMilliseconds: 0 });
  try {
    // INVARIANT: with a write-ahead log, everybody who has the file open shares its lock; this one is shared with nobody.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("BEGIN EXCLUSIVE");
    database.exec("PRAGMA synchronous = FULL");
    if (Number(database.get("PRAGMA user_version")?.["user_version"]) !== SCHEMA_VERSION)
      throw wrong(`${path} is no store of this version`);
    return database;
  } catch (error) {
    database.close();
    if (Refusal.is(error)) throw error;
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
    throw wrong(
      code === BUSY
        ? `somebody has the store at ${path} open; stop the broker, and whoever reads it`
        : `the store at ${path} cannot be opened`,
    );
  }
}

function wrong(detail: string): Refusal {
  return new Refusal("configuration_invalid", { detail });
}
