import type { WorldProof } from "./world.ts";

/** Whether a world kept every promise that somebody could look at. */
export function worldHolds({ ledgerIntact, leaks, openRoutes, trace, unrecordedMints }: WorldProof): boolean {
  return (
    ledgerIntact !== false &&
    leaks.length === 0 &&
    (openRoutes ?? []).length === 0 &&
    (trace?.problems ?? []).length === 0 &&
    (unrecordedMints ?? []).length === 0
  );
}
