import type { FrozenSubject } from "@watchword/core";
import type { Answers, Commands, StoredRun } from "./command.ts";
import { type WriteState, anyFrozen, pruneTokens, raiseEpoch, runsLive, spendToken } from "./write-state.ts";

/**
 * Starts a run. INVARIANT: a child starts only while each of its ancestors lives, and since an end takes all descendants
 * along, a living run has living ancestors: nobody needs to walk the chain later.
 */
export function startRun(
  state: WriteState,
  { run, tokens, entry }: Commands["startRun"],
): Answers["startRun"] {
  const { database } = state;
  pruneTokens(state, run.startedAt);
  if (!tokens.every((token) => spendToken(state, token))) return "token_replayed";
  if (!runsLive(database, ...run.ancestors)) return "run_ended";
  if (anyFrozen(database, subjectsOf(run))) return "frozen";
  database.run(
    "INSERT INTO run VALUES (?, ?, ?, ?, ?, NULL)",
    run.id,
    run.tenant,
    agentId(run.agent),
    run.expiresAt,
    JSON.stringify(run),
  );
  for (const ancestor of run.ancestors) database.run("INSERT INTO descent VALUES (?, ?)", ancestor, run.id);
  state.chain.append(entry);
  return "started";
}

/** Lets a living run last longer, never shorter. */
export function renewRun(
  state: WriteState,
  { id, expiresAt, tokens, now, entry }: Commands["renewRun"],
): Answers["renewRun"] {
  const { database } = state;
  pruneTokens(state, now);
  if (!tokens.every((token) => spendToken(state, token))) return "token_replayed";
  const row = database.get("SELECT record FROM run WHERE id = ? AND ended_at IS NULL", id);
  if (row === undefined) return "run_ended";
  const run = JSON.parse(String(row["record"])) as StoredRun;
  if (anyFrozen(database, subjectsOf(run))) return "frozen";
  database.run("UPDATE run SET expires_at = max(expires_at, ?) WHERE id = ?", expiresAt, id);
  state.chain.append(entry);
  return "started";
}

/** Ends a run with everything that descends from it: epochs rise, and every lease of theirs is due at once. */
export function endRun(state: WriteState, { id, now, entry }: Commands["endRun"]): boolean {
  if (!endOne(state, id, now)) return false;
  endDescendants(state, id, now);
  state.chain.append(entry);
  return true;
}

/** Freezes or thaws; what was running under the subject ends with it and does not come back by thawing. */
export function freeze(state: WriteState, { subject, frozen, now, entry }: Commands["freeze"]): boolean {
  const { database } = state;
  const changed = frozen
    ? database.run("INSERT INTO frozen VALUES (?) ON CONFLICT DO NOTHING", subject)
    : database.run("DELETE FROM frozen WHERE subject = ?", subject);
  if (changed !== 1) return false;
  raiseEpoch(state, subject);
  if (frozen) stop(state, subject, now);
  state.chain.append(entry);
  return true;
}

function stop(state: WriteState, subject: FrozenSubject, now: number): void {
  const { database } = state;
  const [kind, name] = split(subject);
  if (kind === "system") {
    database.run("UPDATE lease SET due_at = 0 WHERE system = ? AND revocation IS NULL", name);
    return;
  }
  const living =
    kind === "tenant"
      ? "SELECT id FROM run WHERE tenant = ? AND ended_at IS NULL AND expires_at > ?"
      : "SELECT id FROM run WHERE agent = ? AND ended_at IS NULL AND expires_at > ?";
  for (const row of database.all(living, name, now)) {
    const id = String(row["id"]);
    if (endOne(state, id, now)) endDescendants(state, id, now);
  }
}

function endOne(state: WriteState, id: string, now: number): boolean {
  const { database } = state;
  if (database.run("UPDATE run SET ended_at = ? WHERE id = ? AND ended_at IS NULL", now, id) !== 1)
    return false;
  raiseEpoch(state, `run:${id}`);
  database.run("UPDATE lease SET due_at = 0 WHERE run = ? AND revocation IS NULL", id);
  return true;
}

function endDescendants(state: WriteState, ancestor: string, now: number): void {
  for (const row of state.database.all("SELECT run FROM descent WHERE ancestor = ?", ancestor))
    endOne(state, String(row["run"]), now);
}

function subjectsOf(run: StoredRun): FrozenSubject[] {
  return [`tenant:${run.tenant}`, ...run.chain.map((agent) => `agent:${agentId(agent)}` as const)];
}

const agentId = (reference: string): string => reference.slice(0, reference.indexOf("@"));

function split(subject: FrozenSubject): [kind: string, name: string] {
  const colon = subject.indexOf(":");
  return [subject.slice(0, colon), subject.slice(colon + 1)];
}
