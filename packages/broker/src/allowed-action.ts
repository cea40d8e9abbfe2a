import type { AllowDecision, ApprovalDecision, Authority } from "@watchword/core";
import type { DecidedAction } from "./decide-action.ts";
import type { FittingApproval } from "./require-approval.ts";

/** An action that the policy, and where it wants one a person, said yes to: all that its record and its mint are made of. */
export interface AllowedAction {
  readonly decisionId: string;
  readonly leaseId: string;
  readonly decided: DecidedAction;
  readonly permission: AllowDecision | ApprovalDecision;
  /** There whenever the permission is an {@link ApprovalDecision}. */
  readonly approval: FittingApproval | undefined;
  /** The least that must be minted and enforced for it. */
  readonly authority: Authority;
}
