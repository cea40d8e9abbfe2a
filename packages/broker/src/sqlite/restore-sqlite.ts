import { FORGOTTEN_UNTIL } from "./meta-key.ts";
import { type Clock, newId, systemClock } from "@watchword/core";
import { prepareEntry } from "../ledger/prepare-entry.ts";
import type { Database } from "./database.ts";
import { exclusiveDatabase } from "./exclusive-database.ts";
import { LedgerChain } from "./ledger-chain.ts";
import {
  type RestoreOptions,
  type Restored,
  acceptanceEntry,
  restoreEntry,
  restoreRows,
} from "./restored-rows.ts";

/**
 * Makes a SQLite store that came from a backup safe to open: see {@link restoreRows}. One transaction with its record, on a
 * file that nobody else has open. Without `backupTakenAt` it only lifts what an earlier restore refuses.
 *
 * @returns `undefined` when there was nothing to lift
 * @throws Refusal `configuration_invalid` when somebody has the store open, or for a backup from the future;
 *   `ledger_unavailable` when there is no such file
 *
 * @example
 * ```ts
 * await restoreSqlite("watchword.db", { backupTakenAt: Date.parse("2026-11-24T03:00:00Z") });
 * ```
 */
export async function restoreSqlite(path: string, options: RestoreOptions): Promise<Restored | undefined> {
  const database = exclusiveDatabase(path);
  try {
    const restored = await change(database, options, options.clock ?? systemClock);
    database.exec("COMMIT");
    return restored;
  } finally {
    // What was not committed is taken back by closing.
    database.close();
  }
}

async function change(
  database: Database,
  { backupTakenAt, acceptForgottenSpends = false }: RestoreOptions,
  clock: Clock,
): Promise<Restored | undefined> {
  const chain = new LedgerChain(database, newId("rep", clock.now()));
  if (backupTakenAt === undefined) {
    const lifted =
      acceptForgottenSpends && database.run("DELETE FROM meta WHERE key = ?", FORGOTTEN_UNTIL) === 1;
    if (!lifted) return undefined;
    chain.append(prepareEntry(acceptanceEntry(clock)));
    chain.writeHead();
    return { runs: 0, approvals: 0, leases: 0, evidence: 0, forgottenUntil: null };
  }
  const whole = { backupTakenAt, acceptForgottenSpends, clock };
  const last = Number(database.get("SELECT coalesce(max(at), 0) AS at FROM ledger")?.["at"]);
  const restored = await restoreRows((sql) => database.run(sql), whole, last);
  chain.append(prepareEntry(restoreEntry(whole, restored)));
  chain.writeHead();
  return restored;
}
