import { readFile, writeFile } from "node:fs/promises";
import type { Store } from "@watchword/core";
import { postgres } from "../src/postgres/index.ts";
import { sqlite } from "../src/sqlite/index.ts";
import { createDatabase, databaseUrl, dropDatabase } from "./postgres-place.ts";

const onPostgres = (): boolean => process.env["WATCHWORD_TEST_STORE"] === "postgres";

/**
 * SQLite at `path` by default; with `WATCHWORD_TEST_STORE=postgres` a database of its own, whose name stands in a file there,
 * so that the same path gives the same data. The suites run both ways (`vitest.config.ts`), because the answers must be the
 * same.
 */
export async function testStore(path: string): Promise<Store> {
  if (!onPostgres()) return sqlite(path);
  let name = await readFile(path, "utf8").catch(() => undefined);
  if (name === undefined) {
    name = await createDatabase();
    await writeFile(path, name);
  }
  return postgres({ url: databaseUrl("store", name) });
}

/** Removes what {@link testStore} made beyond the file at `path`. */
export async function removeTestStore(path: string): Promise<void> {
  const name = onPostgres() ? await readFile(path, "utf8").catch(() => undefined) : undefined;
  if (name !== undefined) await dropDatabase(name);
}
