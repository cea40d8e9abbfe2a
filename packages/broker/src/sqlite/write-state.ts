import type { FrozenSubject, UsedToken } from "@watchword/core";
import type { Database } from "./database.ts";
import type { LedgerChain } from "./ledger-chain.ts";

/** What commands work on. */
export interface WriteState {
  readonly database: Database;
  readonly chain: LedgerChain;
}

/** Seconds that a spent token is remembered beyond its own expiry. */
const REMEMBER_SECONDS = 60;

/** Spends a token id; `false` when it was spent before. */
export function spendToken({ database }: WriteState, token: UsedToken): boolean {
  return (
    database.run(
      "INSERT INTO used_token VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      token.issuer,
      token.jti,
      token.expiresAt,
    ) === 1
  );
}

/** Forgets a few expired token ids, so that the table stays as long as the tokens live. */
export function pruneTokens({ database }: WriteState, now: number): void {
  // The limit stands in the text: SQLite would prepare the statement anew for each value that is bound there.
  for (const row of database.all(
    "SELECT issuer, jti FROM used_token WHERE expires_at < ? LIMIT 16",
    now - REMEMBER_SECONDS,
  )) {
    database.run(
      "DELETE FROM used_token WHERE issuer = ? AND jti = ?",
      String(row["issuer"]),
      String(row["jti"]),
    );
  }
}

/** Raises an epoch and gives its new value. */
export function raiseEpoch({ database }: WriteState, subject: string): number {
  database.run(
    "INSERT INTO epoch VALUES (?, 1) ON CONFLICT (subject) DO UPDATE SET value = value + 1",
    subject,
  );
  return epochOf(database, subject);
}

export function epochOf(database: Database, subject: string): number {
  return Number(database.get("SELECT value FROM epoch WHERE subject = ?", subject)?.["value"] ?? 0);
}

/** Whether the run and its root are there and have not ended. */
export function runsLive(database: Database, ...runs: readonly string[]): boolean {
  // A run is mostly its own root.
  return [...new Set(runs)].every((id) => {
    const row = database.get("SELECT ended_at FROM run WHERE id = ?", id);
    return row !== undefined && row["ended_at"] === null;
  });
}

/** Whether an operator froze any of these. */
export function anyFrozen(database: Database, subjects: readonly FrozenSubject[]): boolean {
  return subjects.some(
    (subject) => database.get("SELECT 1 AS frozen FROM frozen WHERE subject = ?", subject) !== undefined,
  );
}

/** Gives back what a decision reserved, because its effect surely did not happen. */
export function giveBack({ database }: WriteState, decisionId: string): void {
  for (const claim of database.all(
    "SELECT key, bucket, minor FROM budget_claim WHERE decision_id = ?",
    decisionId,
  )) {
    database.run(
      "UPDATE budget SET minor = minor - ? WHERE key = ? AND bucket = ?",
      Number(claim["minor"]),
      String(claim["key"]),
      Number(claim["bucket"]),
    );
  }
  database.run("DELETE FROM budget_claim WHERE decision_id = ?", decisionId);
  database.run("DELETE FROM effect WHERE decision_id = ? AND state = 'pending'", decisionId);
}
