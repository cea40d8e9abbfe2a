import type { LedgerCheckpoint } from "@watchword/core";

/** Of each replica the checkpoint that covers most, of those that are notes. */
export function latestCheckpoints(checkpoints: readonly LedgerCheckpoint[]): readonly LedgerCheckpoint[] {
  const latest = new Map<string, LedgerCheckpoint>();
  for (const checkpoint of checkpoints) {
    if (!checkpoint.signature.includes("\n")) continue;
    const before = latest.get(checkpoint.replica);
    if (before === undefined || before.sequence < checkpoint.sequence)
      latest.set(checkpoint.replica, checkpoint);
  }
  return [...latest.values()];
}
