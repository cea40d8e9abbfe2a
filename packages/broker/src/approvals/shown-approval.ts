import type { ApprovalRecord, ApprovalState } from "@watchword/core";
import { decidersOf } from "./check-approver.ts";
import { stateAt } from "./approval-status.ts";

/** An approval as an approver gets to see it: the exact text that their decision is about. */
export interface ShownApproval {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly grant: string;
  readonly state: ApprovalState;
  /** Every character beyond printable ASCII is an escape. */
  readonly text: string;
  readonly action_digest: string;
  /** Names of those who may decide now. */
  readonly approvers: readonly string[];
  readonly created_at: number;
  readonly expires_at: number;
}

/** The transaction is not in it: whoever knows it could ask in the requester's place. */
export function shownApproval(approval: ApprovalRecord, now: number): ShownApproval {
  return {
    id: approval.id,
    tenant: approval.tenant,
    agent: approval.agent,
    grant: approval.grant,
    state: stateAt(approval, now),
    text: approval.shownText,
    action_digest: approval.actionDigest,
    approvers: decidersOf(approval, now),
    created_at: approval.createdAt,
    expires_at: approval.expiresAt,
  };
}
