import type { FailedFact, Reason } from "@watchword/core";

/**
 * Where a situation ended. `harness`: it could not be brought about, or nobody answered in time: never a pass, because a
 * refusal that nobody made proves nothing.
 */
export type AttemptStage = "start" | "delegate" | "act" | "gateway" | "done" | "harness";

/** What became of one situation, by the answers and by what was really seen at store and twins. */
export interface Attempt {
  readonly outcome: "allowed" | "refused" | "approval_required" | "failed";
  readonly stage: AttemptStage;
  readonly reason: Reason | null;
  /** From the ledger: agents are not told. */
  readonly failedFact: FailedFact | null;
  readonly decisionId: string | null;
  /** Why, for whoever reads the report; holds no secret. */
  readonly detail: string | null;
  /** Mints, effects and refused requests that the twins saw because of this attempt. */
  readonly seen: { readonly mints: number; readonly effects: number; readonly refused: number };
  /** Ledger records of this decision; refusals before a run is verified are counted there, and have none. */
  readonly records: number;
  readonly milliseconds: number;
}
