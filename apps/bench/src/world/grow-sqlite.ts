import { DatabaseSync } from "node:sqlite";
import { GROWING, cloneRows } from "./clone-rows.ts";

/** Adds that many tenants to a SQLite store in which one has acted: each with connection, run, intent, lease and spent token. */
export function growSqlite(path: string, copies: number): void {
  const database = new DatabaseSync(path, { timeout: 30_000 });
  database.exec("BEGIN IMMEDIATE");
  for (const growing of GROWING) {
    const columns = database
      .prepare(`PRAGMA table_info(${growing.table})`)
      .all()
      .map((row) => String(row["name"]));
    database.exec(cloneRows(growing, columns, copies));
  }
  database.exec("COMMIT");
  database.close();
}
