import type { ApprovalRecord, ApprovalState, ApprovalStatus } from "@watchword/core";

/** Seconds between two questions for an approval's state. */
export const APPROVAL_INTERVAL_SECONDS = 5;

/** As it is at this moment: what ran out is expired, whether or not a sweep has recorded it. */
export function stateAt({ state, expiresAt }: ApprovalRecord, now: number): ApprovalState {
  return (state === "pending" || state === "granted") && expiresAt <= now ? "expired" : state;
}

/** What the runtime that waits may know. */
export function approvalStatus(approval: ApprovalRecord, now: number): ApprovalStatus {
  return {
    id: approval.id,
    state: stateAt(approval, now),
    expires_at: approval.expiresAt,
    interval: APPROVAL_INTERVAL_SECONDS,
  };
}
