import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Counts } from "../servers/counted-statements.ts";
import { GROWING, KEPT_TOKENS, activation, cloneRows } from "./clone-rows.ts";
import type { GrowingStore } from "./growing-store.ts";
import { sqliteWork } from "./sqlite-work.ts";

const COUNTING = new URL("../servers/count-statements.ts", import.meta.url);

/** A SQLite store in a new file of a directory. Its statements are counted in the broker's own process. */
export function growingSqlite(directory: string): GrowingStore {
  const path = join(directory, "watchword.db");
  return {
    name: "SQLite",
    place: { sqlite: path },
    countingFlags: [`--import=${COUNTING.href}`],
    grow: async ({ from, to, policy }) => {
      using database = new DatabaseSync(path, { timeout: 30_000 });
      database.exec("BEGIN IMMEDIATE");
      for (const growing of to > from ? GROWING : []) {
        const columns = database
          .prepare(`PRAGMA table_info(${growing.table})`)
          .all()
          .map((row) => String(row["name"]));
        database.exec(cloneRows(growing, columns, { from, to }));
      }
      if (policy !== undefined) {
        database.prepare("INSERT INTO policy VALUES (?, ?)").run(policy.version, policy.canonical);
        database.prepare("UPDATE meta SET value = ? WHERE key = 'active_policy'").run(policy.version);
        for (const statement of activation(policy.version)) database.exec(statement);
      }
      database.exec(KEPT_TOKENS);
      database.exec("COMMIT");
    },
    work: async ({ ask, act }, exchanges) => {
      await ask("counts");
      await act(exchanges);
      return sqliteWork(path, await ask<Counts>("counts"), exchanges);
    },
  };
}
