import { FORGOTTEN_UNTIL } from "../sqlite/meta-key.ts";
import { type Clock, type SealedCredential, systemClock } from "@watchword/core";
import type { TransactionSql } from "postgres";
import {
  type RestoreOptions,
  type Restored,
  acceptanceEntry,
  restoreEntry,
  restoreRows,
} from "../sqlite/restored-rows.ts";
import { appendAlone } from "./append-alone.ts";
import { ownerTransaction } from "./owner-transaction.ts";

/**
 * Makes a PostgreSQL store that came from a backup safe to open: see `restoreSqlite`. By the role that owns the schema, in one
 * transaction with its record, while no broker is connected. Without `backupTakenAt` it only lifts what an earlier restore
 * refuses; that may happen beside brokers.
 *
 * @returns `undefined` when there was nothing to lift
 * @throws Refusal `configuration_invalid` when a broker is connected, when the schema is not this version's, when the
 *   database refuses, or for a backup from the future
 */
export async function restorePostgres(
  url: string | SealedCredential,
  options: RestoreOptions,
): Promise<Restored | undefined> {
  const alone = options.backupTakenAt !== undefined;
  return ownerTransaction(url, { alone }, (sql) => change(sql, options, options.clock ?? systemClock));
}

async function change(
  sql: TransactionSql,
  { backupTakenAt, acceptForgottenSpends = false }: RestoreOptions,
  clock: Clock,
): Promise<Restored | undefined> {
  if (backupTakenAt === undefined) {
    const lifted =
      acceptForgottenSpends && (await sql`DELETE FROM meta WHERE key = ${FORGOTTEN_UNTIL}`).count === 1;
    if (!lifted) return undefined;
    await appendAlone(sql, acceptanceEntry(clock));
    return { runs: 0, approvals: 0, leases: 0, evidence: 0, forgottenUntil: null };
  }
  const whole = { backupTakenAt, acceptForgottenSpends, clock };
  const [last] = await sql<{ at: string }[]>`SELECT coalesce(max(at), 0) AS at FROM ledger`;
  const run = async (text: string): Promise<number> => (await sql.unsafe(text)).count;
  const restored = await restoreRows(run, whole, Number(last?.at));
  await appendAlone(sql, restoreEntry(whole, restored));
  return restored;
}
