import type { FailedFact, Reason } from "@watchword/core";

/** One check of a grant: what is required, what is held, and what a failure is called. */
export interface GrantCheck {
  readonly check: string;
  readonly passed: boolean;
  readonly required: string;
  readonly held: string;
  readonly reason: Reason;
  readonly failedFact: FailedFact;
}
