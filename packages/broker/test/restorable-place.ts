import { copyFile, rm } from "node:fs/promises";
import type { Store } from "@watchword/core";
import { postgres, restorePostgres } from "../src/postgres/index.ts";
import { type RestoreOptions, type Restored, restoreSqlite } from "../src/sqlite/index.ts";
import { createDatabase, databaseUrl, dropDatabase } from "./postgres-place.ts";
import { sqlitePlace } from "./sqlite-place.ts";

/** A store of which a backup is taken and put back. It is closed meanwhile. */
export interface RestorablePlace extends AsyncDisposable {
  open(): Promise<Store>;
  takeBackup(): Promise<void>;
  /** Everything since the backup is gone. */
  putBack(): Promise<void>;
  restore(options: RestoreOptions): Promise<Restored | undefined>;
}

export async function restorableSqlite(): Promise<RestorablePlace> {
  const place = await sqlitePlace();
  const backup = `${place.path}.backup`;
  return {
    open: () => place.open(),
    takeBackup: () => copyFile(place.path, backup),
    putBack: async () => {
      for (const suffix of ["", "-wal", "-shm"]) await rm(`${place.path}${suffix}`, { force: true });
      await copyFile(backup, place.path);
    },
    restore: (options) => restoreSqlite(place.path, options),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

export async function restorablePostgres(): Promise<RestorablePlace> {
  const names = [await createDatabase()];
  const name = (): string => names.at(-1) ?? "";
  let backup = "";
  return {
    open: () => postgres({ url: databaseUrl("store", name()) }),
    takeBackup: async () => {
      backup = await createDatabase(name());
    },
    putBack: async () => void names.push(backup),
    restore: (options) => restorePostgres(databaseUrl("owner", name()), options),
    [Symbol.asyncDispose]: async () => {
      for (const each of names) await dropDatabase(each);
    },
  };
}
