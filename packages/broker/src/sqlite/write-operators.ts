import type { Commands } from "./command.ts";
import type { WriteState } from "./write-state.ts";

/**
 * Ends a lease before its time; the sweeper revokes its credential. INVARIANT: no use is left of it, neither for the gateway
 * nor for the same transaction again, whatever the time is at the replica that is asked.
 */
export function expireLease(state: WriteState, { id, now, entry }: Commands["expireLease"]): boolean {
  const changed =
    state.database.run(
      "UPDATE lease SET expires_at = ?, due_at = 0, max_uses = uses WHERE id = ? AND revocation IS NULL AND expires_at > ?",
      now,
      id,
      now,
    ) === 1;
  if (changed) state.chain.append(entry);
  return changed;
}

/** Erases what stands beside a record. The record itself, with its commitment, is the chain's. */
export function erasePersonal(
  state: WriteState,
  { replica, sequence, entry }: Commands["erasePersonal"],
): boolean {
  const erased =
    state.database.run(
      "DELETE FROM ledger_personal WHERE replica = ? AND sequence = ?",
      replica,
      sequence,
    ) === 1;
  if (erased) state.chain.append(entry);
  return erased;
}
