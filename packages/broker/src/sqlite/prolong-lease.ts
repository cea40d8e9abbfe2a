import type { Answers, Commands, StoredLease } from "./command.ts";
import { type WriteState, epochOf, pruneTokens, runsLive, spendToken } from "./write-state.ts";

/** Moves a living lease's end for the action that it is for; everything is looked at again, whatever was decided. */
export function prolongLease(
  state: WriteState,
  { prolongation, entry }: Commands["prolongLease"],
): Answers["prolongLease"] {
  const { database } = state;
  const { leaseId, now, run, root } = prolongation;
  pruneTokens(state, now);
  if (!spendToken(state, prolongation.token)) return "token_replayed";
  const generation = database.get("SELECT value FROM meta WHERE key = 'generation'")?.["value"];
  if (generation !== prolongation.generation || !runsLive(database, run, root)) return "run_ended";
  for (const [subject, used] of Object.entries(prolongation.epochs)) {
    if (epochOf(database, subject) !== used)
      return subject.startsWith("run:") ? "run_ended" : "state_changed";
  }
  const row = database.get(
    `SELECT lease.record, lease.expires_at, lease.due_at, lease.uses, lease.max_uses, lease.revocation FROM lease
    JOIN intent ON intent.decision_id = lease.decision_id
    WHERE lease.id = ? AND intent.tenant = ? AND intent.txn = ? AND intent.action_digest = ? AND intent.run = ?
      AND intent.approval_id IS ?`,
    leaseId,
    prolongation.tenant,
    prolongation.txn,
    prolongation.actionDigest,
    run,
    prolongation.approvalId ?? null,
  );
  if (row === undefined) return "lease_unknown";
  const lease = JSON.parse(String(row["record"])) as StoredLease;
  const endsAt = Number(row["expires_at"]);
  // INVARIANT: whoever ended it before its time moved its end or made it due, and what is ended does not begin again.
  const ended = row["revocation"] !== null || lease.expiresAt !== endsAt || row["due_at"] !== endsAt;
  if (ended || endsAt <= now) return "lease_expired";
  // INVARIANT: never beyond what was allowed when it was minted.
  if (prolongation.until <= endsAt || prolongation.until > (lease.job?.until ?? 0)) return "lease_expired";
  const open = database.get(
    "SELECT 1 AS open FROM lease_use WHERE lease_id = ? AND effect IS NULL LIMIT 1",
    leaseId,
  );
  if (Number(row["uses"]) >= Number(row["max_uses"]) && open === undefined) return "lease_used";
  database.run(
    "UPDATE lease SET expires_at = ?, due_at = ?, record = ? WHERE id = ?",
    prolongation.until,
    prolongation.until,
    JSON.stringify(prolonged(lease, prolongation.until)),
    leaseId,
  );
  state.chain.append(entry);
  return "prolonged";
}

function prolonged(lease: StoredLease, until: number): StoredLease {
  const { grace } = lease;
  return { ...lease, expiresAt: until, ...(grace === undefined ? {} : { grace: { ...grace, end: until } }) };
}
