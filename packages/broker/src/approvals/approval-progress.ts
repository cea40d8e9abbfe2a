import type { ApprovalProgress, ApprovalRecord, ApprovalState } from "@watchword/core";

type Timed = Pick<ApprovalRecord, "expiresAt" | "escalation">;

/** Progress with its due time: the next of what is still to be done. After a decision only the expiry is. */
export function progressOf(
  { expiresAt, escalation }: Timed,
  state: ApprovalState,
  parts: Omit<ApprovalProgress, "dueAt">,
): ApprovalProgress {
  const noticeAt = state === "pending" ? parts.noticeAt : null;
  const escalatesAt = state === "pending" && parts.escalatedAt === null ? escalation?.at : undefined;
  return { ...parts, noticeAt, dueAt: Math.min(expiresAt, noticeAt ?? Infinity, escalatesAt ?? Infinity) };
}
