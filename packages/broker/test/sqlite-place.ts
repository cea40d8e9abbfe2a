import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StorePlace } from "@watchword/conformance";
import { type SqliteOptions, sqlite } from "../src/sqlite/index.ts";

/** A directory of its own with one SQLite file. */
export interface SqlitePlace extends StorePlace {
  readonly directory: string;
  readonly path: string;
}

export async function sqlitePlace(options: SqliteOptions = {}): Promise<SqlitePlace> {
  const directory = await mkdtemp(join(tmpdir(), "watchword-store-"));
  const path = join(directory, "watchword.db");
  return {
    directory,
    path,
    open: () => sqlite(path, options),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
