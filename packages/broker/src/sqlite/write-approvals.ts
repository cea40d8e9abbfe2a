import type { Answers, Commands } from "./command.ts";
import { type WriteState, pruneTokens, spendToken } from "./write-state.ts";

/** Keeps a wanted approval, unless one of the same request is there: then nothing changes before that one is named. */
export function requestApproval(
  state: WriteState,
  { approval, progress, token, entry }: Commands["requestApproval"],
): Answers["requestApproval"] {
  const { database } = state;
  const kept = database.get(
    "SELECT id FROM approval WHERE tenant = ? AND request = ? AND state IN ('pending', 'granted') AND expires_at > ?",
    approval.tenant,
    approval.request,
    Math.floor(entry.at / 1_000),
  )?.["id"];
  if (kept !== undefined && kept !== approval.id) return { id: String(kept) };
  pruneTokens(state, Math.floor(entry.at / 1_000));
  if (!spendToken(state, token)) return "token_replayed";
  state.chain.append(entry);
  if (kept !== undefined) return { id: approval.id };
  database.run(
    "INSERT INTO approval VALUES (?, ?, ?, ?, ?, 'pending', ?, NULL, ?, ?, ?, ?)",
    approval.id,
    approval.tenant,
    approval.txn,
    approval.actionDigest,
    approval.binding,
    approval.expiresAt,
    JSON.stringify(approval),
    approval.request,
    progress.dueAt,
    JSON.stringify(progress),
  );
  return { id: approval.id };
}

/** Only what is pending and has not expired. */
export function decideApproval(
  state: WriteState,
  { id, state: verdict, decidedBy, now, entry }: Commands["decideApproval"],
): boolean {
  const changed =
    state.database.run(
      "UPDATE approval SET state = ?, decided_by = ? WHERE id = ? AND state = 'pending' AND expires_at > ?",
      verdict,
      decidedBy,
      id,
      now,
    ) === 1;
  if (changed) state.chain.append(entry);
  return changed;
}

/** What was granted can be taken back as long as it is not spent. */
export function withdrawApproval(
  state: WriteState,
  { id, now, entry }: Commands["withdrawApproval"],
): boolean {
  const changed =
    state.database.run(
      "UPDATE approval SET state = 'withdrawn' WHERE id = ? AND state IN ('pending', 'granted') AND expires_at > ?",
      id,
      now,
    ) === 1;
  if (changed) state.chain.append(entry);
  return changed;
}

/** A step from exactly what its maker has seen, so that of two replicas one makes it. */
export function advanceApproval(
  state: WriteState,
  { id, from, to, entry }: Commands["advanceApproval"],
): boolean {
  const changed =
    state.database.run(
      "UPDATE approval SET state = ?, due_at = ?, progress = ? WHERE id = ? AND state = ? AND due_at = ?",
      to.state,
      to.progress.dueAt,
      JSON.stringify(to.progress),
      id,
      from.state,
      from.dueAt,
    ) === 1;
  if (changed && entry !== undefined) state.chain.append(entry);
  return changed;
}

/** A token id on its own. */
export function spendOneToken(state: WriteState, { token, now }: Commands["spendToken"]): boolean {
  pruneTokens(state, now);
  return spendToken(state, token);
}
