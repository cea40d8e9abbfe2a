import { bytesOfText } from "./bytes-text.ts";
import type { Answers, Commands, StoredLease } from "./command.ts";
import { type WriteState, anyFrozen, giveBack, pruneTokens, runsLive, spendToken } from "./write-state.ts";

/** Step 5: the lease is there, its intent closed. A run that ended meanwhile makes the lease due at once. */
export function recordMint(
  state: WriteState,
  { lease, handleHash, sealed, entry }: Commands["recordMint"],
): null {
  const { database } = state;
  if (
    database.run(
      "UPDATE intent SET state = 'minted' WHERE decision_id = ? AND state = 'open'",
      lease.decisionId,
    ) !== 1
  )
    throw new Error("no open intent");
  const due = runsLive(database, lease.run, lease.root) ? lease.expiresAt : 0;
  database.run(
    "INSERT INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, NULL, ?, ?, ?, ?)",
    lease.id,
    lease.decisionId,
    lease.run,
    lease.root,
    handleHash,
    lease.expiresAt,
    due,
    lease.maxUses,
    bytesOfText(sealed),
    JSON.stringify(lease),
    lease.system,
    lease.tenant,
  );
  state.chain.append(entry);
  return null;
}

export function replaceHandle(
  state: WriteState,
  { leaseId, handleHash, entry }: Commands["replaceHandle"],
): boolean {
  const changed =
    state.database.run(
      "UPDATE lease SET handle_hash = ? WHERE id = ? AND revocation IS NULL AND uses < max_uses",
      handleHash,
      leaseId,
    ) === 1;
  if (changed) state.chain.append(entry);
  return changed;
}

/** Spends one use and the proof's jti; everything is looked at again, whatever was seen when the lease was opened. */
export function claimUse(state: WriteState, command: Commands["claimUse"]): Answers["claimUse"] {
  const { database } = state;
  pruneTokens(state, command.now);
  if (!spendToken(state, command.proof)) return "token_replayed";
  const lease = database.get(
    "SELECT run, root, expires_at, uses, max_uses, revocation, record FROM lease WHERE id = ?",
    command.leaseId,
  );
  if (lease === undefined) return "lease_unknown";
  if (!runsLive(database, String(lease["run"]), String(lease["root"]))) return "run_ended";
  const { tenant, system, custody } = JSON.parse(String(lease["record"])) as StoredLease;
  if (anyFrozen(database, [`tenant:${tenant}`, `system:${system}`])) return "frozen";
  // What the tool itself holds, the gateway does not use for it.
  if (custody === "released") return "lease_unknown";
  if (lease["revocation"] !== null || Number(lease["expires_at"]) <= command.now) return "lease_expired";
  if (Number(lease["uses"]) >= Number(lease["max_uses"])) return "lease_used";
  database.run("UPDATE lease SET uses = uses + 1 WHERE id = ?", command.leaseId);
  database.run(
    "INSERT INTO lease_use VALUES (?, ?, ?, ?, NULL)",
    command.useId,
    command.leaseId,
    command.requestDigest,
    command.now,
  );
  state.chain.append(command.entry);
  return "claimed";
}

/** Records what a request did. Only `none` proves that nothing happened, and only for a lease with this one use. */
export function settle(
  state: WriteState,
  { useId, leaseId, effect, objects, entry }: Commands["settle"],
): null {
  const { database } = state;
  if (
    database.run(
      "UPDATE lease_use SET effect = ? WHERE id = ? AND lease_id = ? AND effect IS NULL",
      effect,
      useId,
      leaseId,
    ) !== 1
  )
    throw new Error("no open use");
  const lease = database.get("SELECT decision_id, max_uses, system FROM lease WHERE id = ?", leaseId);
  const decisionId = String(lease?.["decision_id"]);
  if (effect === "done") database.run("UPDATE effect SET state = 'done' WHERE decision_id = ?", decisionId);
  if (effect === "none" && lease?.["max_uses"] === 1) giveBack(state, decisionId);
  for (const object of objects)
    database.run(
      "INSERT INTO decision_object VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      String(lease?.["system"]),
      object,
      decisionId,
    );
  state.chain.append(entry);
  return null;
}

/** Behind all that are due before; nothing happened that a record could be about. */
export function postponeLease({ database }: WriteState, { leaseId, dueAt }: Commands["postponeLease"]): null {
  database.run("UPDATE lease SET due_at = ? WHERE id = ? AND due_at < ?", dueAt, leaseId, dueAt);
  return null;
}

/** Ends a lease and erases its credential. Never used means that nothing can have happened. */
export function endLease(state: WriteState, { leaseId, outcome, entry }: Commands["endLease"]): null {
  const { database } = state;
  const lease = database.get(
    "SELECT decision_id, uses, record FROM lease WHERE id = ? AND revocation IS NULL",
    leaseId,
  );
  if (lease === undefined) return null;
  database.run("UPDATE lease SET sealed = NULL, revocation = ? WHERE id = ?", outcome, leaseId);
  // A released credential may have been used where nobody counts.
  const { custody } = JSON.parse(String(lease["record"])) as StoredLease;
  if (lease["uses"] === 0 && custody !== "released") giveBack(state, String(lease["decision_id"]));
  state.chain.append(entry);
  return null;
}
