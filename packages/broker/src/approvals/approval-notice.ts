import { type ApprovalRecord, approvalUrl } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import type { ApprovalNotice } from "./approval-options.ts";

/** All that is told outside of the broker: that something waits, and where people decide. */
export function approvalNotice({ issuer }: BrokerContext, approval: ApprovalRecord): ApprovalNotice {
  const { id, tenant, expiresAt } = approval;
  return { id, tenant, expires_at: expiresAt, uri: approvalUrl(issuer, id) };
}

/** Tells the listener in this process. A broken one changes nothing. */
export function tellListener(context: BrokerContext, approval: ApprovalRecord): void {
  try {
    const told: unknown = context.approvals.onRequested(approvalNotice(context, approval));
    // An asynchronous listener fails later; unhandled, that would end the process.
    if (told instanceof Promise) told.catch(() => undefined);
  } catch {
    // It was only told; what it was told about is recorded.
  }
}
