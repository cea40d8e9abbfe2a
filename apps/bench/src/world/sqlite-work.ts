import { DatabaseSync } from "node:sqlite";
import type { Counts } from "../servers/counted-statements.ts";
import type { StoreWork } from "./growing-store.ts";

/**
 * Adds up what was counted: statements, rows that came or changed, and by the plan of each statement how often an index was
 * searched and a table read from end to end. Divided by the number of exchanges.
 */
export function sqliteWork(path: string, counts: Counts, exchanges: number): StoreWork {
  const database = new DatabaseSync(path, { readOnly: true });
  const sum = { statements: 0, "rows read or written": 0, "index probes": 0, "whole tables read": 0 };
  for (const [sql, { runs, rows }] of Object.entries(counts)) {
    sum.statements += runs;
    sum["rows read or written"] += rows;
    if (!/^(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(sql)) continue;
    for (const { detail } of database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()) {
      const step = String(detail);
      if (step.startsWith("SEARCH")) sum["index probes"] += runs;
      if (step.startsWith("SCAN") && !step.startsWith("SCAN CONSTANT ROW")) sum["whole tables read"] += runs;
    }
  }
  database.close();
  return Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, value / exchanges]));
}
