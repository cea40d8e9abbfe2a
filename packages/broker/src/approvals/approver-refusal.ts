import { type ApprovalRecord, type ApprovalState, Refusal, type VerifiedIdentity } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { recordRefusal } from "../record-refusal.ts";
import { NotTheirs } from "./check-approver.ts";

/** A decision that came too late; said to those only who might have made it. */
export class DecidedAlready extends Refusal {
  readonly state: ApprovalState;

  constructor(state: ApprovalState) {
    super("approval_mismatch", {
      detail: `the approval is ${state} already`,
      failedFact: "approval",
      callerKnown: true,
    });
    this.state = state;
  }
}

/**
 * What both another tenant's approval and one that never was are answered with, to somebody who was verified: neither waits, so
 * that the time tells nothing either.
 */
export function noSuchApproval(): Refusal {
  return new Refusal("approval_mismatch", {
    detail: "no such approval",
    failedFact: "approval",
    callerKnown: true,
  });
}

/** Records who was refused and why, and gives what to answer. */
export async function approverRefused(
  context: BrokerContext,
  approver: VerifiedIdentity,
  approval: ApprovalRecord,
  asked: "read" | "decide",
  error: unknown,
): Promise<Refusal> {
  const refusal = Refusal.from(error, "internal");
  const answered = await recordRefusal(context, refusal, {
    kind: "approval",
    at: context.clock.now(),
    tenant: approval.tenant,
    body: { approval: approval.id, outcome: "refused", asked, reason: refusal.reason },
    personal: {
      approver: { issuer: approver.issuer, subject: approver.subject },
      detail: refusal.message,
    },
  });
  if (answered.reason !== refusal.reason) return answered;
  // INVARIANT: the place of its record is not said either; it would tell that there is one.
  if (error instanceof NotTheirs) return noSuchApproval();
  return error instanceof DecidedAlready ? error : answered;
}
