import { type Clock, type LedgerEntry, Refusal, numericDate, randomToken } from "@watchword/core";
import { COPIED_TO, FORGOTTEN_UNTIL } from "./meta-key.ts";

/** What an operator says about a backup. */
export interface RestoreOptions {
  /**
   * Milliseconds since the epoch at which the backup was taken. Left out, nothing is restored: only what an earlier restore
   * refuses because of forgotten spends is lifted.
   */
  readonly backupTakenAt?: number;
  /** The operator has looked at the systems and answers for what was spent after the backup and is forgotten. */
  readonly acceptForgottenSpends?: boolean;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/** What a restore ended and voided. */
export interface Restored {
  readonly runs: number;
  readonly approvals: number;
  /** Whose end is due now: the sweep revokes their credentials. */
  readonly leases: number;
  /** Green statements that count as pending until they are posted anew: a red one that came after them may be forgotten. */
  readonly evidence: number;
  /**
   * NumericDate: a window of a budget or a `once` that began before it may hold spends that nobody remembers, and is refused;
   * `null` when the operator accepted that.
   */
  readonly forgottenUntil: number | null;
}

/** A change of rows that SQLite and PostgreSQL read alike; gives how many it changed. */
export type ChangeRows = (sql: string) => number | Promise<number>;

/**
 * Makes a store that came from a backup safe to open, within its caller's transaction. A backup knows nothing of what happened
 * after it, so everything that it says is alive or unspent is void: run tokens by a new generation, runs by their end,
 * approvals by withdrawal, leases by being due, and decisions by newer epochs. What cannot be undone is what was *spent* since;
 * `record-intent` refuses for as long as a window may hold it.
 *
 * @param lastRecordedAt of the newest record, in milliseconds: the broker's clock may have been ahead of this one
 * @throws Refusal `configuration_invalid` for a backup from the future
 */
export async function restoreRows(
  change: ChangeRows,
  options: Required<RestoreOptions>,
  lastRecordedAt: number,
): Promise<Restored> {
  const { backupTakenAt, acceptForgottenSpends, clock } = options;
  if (!(backupTakenAt <= clock.now()))
    throw new Refusal("configuration_invalid", {
      detail: "the backup was taken in the future; check its time",
    });
  const now = numericDate(clock);
  // INVARIANT: what an open lease was not used for in the backup, it may have been used for since: its end gives nothing back.
  const leases = await change(
    "UPDATE lease SET due_at = 0, uses = CASE WHEN uses = 0 THEN 1 ELSE uses END WHERE revocation IS NULL",
  );
  await change(raised("'run:' || id AS subject FROM run WHERE ended_at IS NULL"));
  const runs = await change(`UPDATE run SET ended_at = ${now} WHERE ended_at IS NULL`);
  const approvals = await change(
    "UPDATE approval SET state = 'withdrawn' WHERE state IN ('pending', 'granted')",
  );
  const evidence = await change("UPDATE evidence SET state = 'pending' WHERE state = 'pass'");
  await change(raised("'tenant:' || id AS subject FROM tenant"));
  await change(raised("'policy' AS subject"));
  await change(`UPDATE meta SET value = '${randomToken(16)}' WHERE key = 'generation'`);
  await change(`DELETE FROM meta WHERE key IN ('${FORGOTTEN_UNTIL}', '${COPIED_TO}')`);
  if (acceptForgottenSpends) return { runs, approvals, leases, evidence, forgottenUntil: null };
  const forgottenUntil = Math.max(now, Math.ceil(lastRecordedAt / 1_000));
  await change(`INSERT INTO meta VALUES ('${FORGOTTEN_UNTIL}', '${forgottenUntil}')`);
  return { runs, approvals, leases, evidence, forgottenUntil };
}

/** Raises the epochs that a query names. */
function raised(subjects: string): string {
  return `INSERT INTO epoch SELECT subject, 1 FROM (SELECT ${subjects}) AS subjects WHERE true
    ON CONFLICT (subject) DO UPDATE SET value = epoch.value + 1`;
}

/** The record of a restore. */
export function restoreEntry(
  { backupTakenAt, clock }: { readonly backupTakenAt: number; readonly clock: Clock },
  { forgottenUntil, ...voided }: Restored,
): LedgerEntry {
  return {
    kind: "recovery",
    at: clock.now(),
    tenant: null,
    body: {
      outcome: "restored",
      backup_taken_at: Math.floor(backupTakenAt / 1_000),
      forgotten_until: forgottenUntil ?? "accepted",
      ...voided,
    },
  };
}

/** The record that an operator answers for what an earlier restore does not know. */
export function acceptanceEntry(clock: Clock): LedgerEntry {
  return { kind: "recovery", at: clock.now(), tenant: null, body: { outcome: "forgotten_spends_accepted" } };
}
