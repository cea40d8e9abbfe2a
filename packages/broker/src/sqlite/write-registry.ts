import type { Answers, Commands } from "./command.ts";
import { type WriteState, epochOf, pruneTokens, raiseEpoch, spendToken } from "./write-state.ts";

export function advanceEpoch(state: WriteState, { subject, entry }: Commands["advanceEpoch"]): null {
  raiseEpoch(state, subject);
  state.chain.append(entry);
  return null;
}

export function recordRefusal(
  state: WriteState,
  { token, entry }: Commands["recordRefusal"],
): Answers["recordRefusal"] {
  pruneTokens(state, Math.floor(entry.at / 1_000));
  const fresh = token === undefined || spendToken(state, token);
  state.chain.append(entry);
  return fresh ? "recorded" : "token_replayed";
}

/** Registering a tenant again changes and records nothing. */
export function putTenant(state: WriteState, { tenant, entry }: Commands["putTenant"]): null {
  if (state.database.run("INSERT INTO tenant VALUES (?) ON CONFLICT DO NOTHING", tenant) === 1) {
    raiseEpoch(state, `tenant:${tenant}`);
    state.chain.append(entry);
  }
  return null;
}

/** Activates a policy that is not the active one; gives the epoch in force. */
export function activatePolicy(
  state: WriteState,
  { version, document, entry }: Commands["activatePolicy"],
): number {
  const { database } = state;
  if (database.get("SELECT value FROM meta WHERE key = 'active_policy'")?.["value"] === version)
    return epochOf(database, "policy");
  database.run("INSERT INTO policy VALUES (?, ?) ON CONFLICT DO NOTHING", version, document);
  database.run("INSERT OR REPLACE INTO meta VALUES ('active_policy', ?)", version);
  state.chain.append(entry);
  const epoch = raiseEpoch(state, "policy");
  database.run("INSERT INTO policy_activation VALUES (?, ?, ?)", epoch, version, entry.at);
  return epoch;
}

/** Keeps a policy that is not there yet. */
export function putPolicy(state: WriteState, { version, document, entry }: Commands["putPolicy"]): boolean {
  const kept =
    state.database.run("INSERT INTO policy VALUES (?, ?) ON CONFLICT DO NOTHING", version, document) === 1;
  if (kept) state.chain.append(entry);
  return kept;
}

export function putCheckpoint(
  { database }: WriteState,
  { replica, sequence, hash, at, keyId, signature }: Commands["putCheckpoint"],
): null {
  database.run(
    "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    replica,
    sequence,
    hash,
    at,
    keyId,
    signature,
  );
  return null;
}

/** The same statement again changes nothing, its time least of all: an old green result does not become new. */
export function putEvidence(
  state: WriteState,
  { evidence, token, entry }: Commands["putEvidence"],
): Answers["putEvidence"] {
  if (token !== undefined) {
    pruneTokens(state, Math.floor(entry.at / 1_000));
    if (!spendToken(state, token)) return "token_replayed";
  }
  const { source, commit, digest, state: result, receivedAt, detail } = evidence;
  const kept =
    state.database.run(
      `INSERT INTO evidence VALUES (?, ?, ?, (SELECT coalesce(max(arrival), 0) + 1 FROM evidence WHERE source = ? AND commit_id = ?), ?, ?, ?)
       ON CONFLICT (source, commit_id, digest) DO NOTHING`,
      source,
      commit,
      digest,
      source,
      commit,
      result,
      receivedAt,
      detail,
    ) === 1;
  if (kept) state.chain.append(entry);
  return kept;
}
