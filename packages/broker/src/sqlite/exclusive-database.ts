import { existsSync } from "node:fs";
import { Refusal } from "@watchword/core";
import { Database } from "./database.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { upgrade } from "./upgrade.ts";

/** SQLITE_BUSY */
const BUSY = 5;

/**
 * Opens a store that is there for this process alone, and begins a transaction that no other writer's runs beside; one of an
 * earlier version is brought up to date in it. Whoever gets it commits or rolls back, and closes.
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
    database.exec("PRAGMA synchronous = FULL");
    database.exec("BEGIN EXCLUSIVE");
    bringUpToDate(database, path);
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

function bringUpToDate(database: Database, path: string): void {
  const version = Number(database.get("PRAGMA user_version")?.["user_version"]);
  if (version < 1 || version > SCHEMA_VERSION) throw wrong(`${path} is no store that this version knows`);
  upgrade(database, version);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

function wrong(detail: string): Refusal {
  return new Refusal("configuration_invalid", { detail });
}
