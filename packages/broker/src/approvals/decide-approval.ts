import { type ApprovalRecord, Refusal, type VerifiedIdentity, numericDate } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { DecidedAlready, approverRefused, noSuchApproval } from "./approver-refusal.ts";
import { stateAt } from "./approval-status.ts";
import { checkApprover } from "./check-approver.ts";
import { refuseAuthor } from "./grant-authors.ts";
import { linksOf } from "./link-hash.ts";

/** What an approver says. */
export interface ApproverAnswer {
  readonly verdict: "approve" | "deny";
  /** For the ledger; nobody else gets to read it. */
  readonly reason?: string | undefined;
}

/**
 * Finds an approval for somebody who was verified. Whoever names none that is there is counted: a login alone must not
 * fill the ledger.
 *
 * @throws Refusal `approval_mismatch`, or whatever `verify` refuses
 */
export async function knownApproval(
  context: BrokerContext,
  id: string,
  verify: () => Promise<VerifiedIdentity>,
): Promise<{ approver: VerifiedIdentity; approval: ApprovalRecord }> {
  try {
    const approver = await verify();
    const approval = await context.store.approval(id);
    if (approval === undefined) throw noSuchApproval();
    return { approver, approval };
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

/**
 * Decides as a verified person. It yields no credential: the runtime asks again, and everything is looked at anew.
 *
 * @throws Refusal `approver_not_allowed`, `approval_self`, `approval_expired`, `approval_mismatch`; each recorded
 */
export async function decideApproval(
  context: BrokerContext,
  id: string,
  verify: () => Promise<VerifiedIdentity>,
  answer: ApproverAnswer,
): Promise<ApprovalRecord> {
  const { approver, approval } = await knownApproval(context, id, verify);
  try {
    return await decideAs(context, approver, approval, answer);
  } catch (error) {
    throw await approverRefused(context, approver, approval, "decide", error);
  }
}

async function decideAs(
  context: BrokerContext,
  approver: VerifiedIdentity,
  approval: ApprovalRecord,
  { verdict, reason }: ApproverAnswer,
): Promise<ApprovalRecord> {
  const { id } = approval;
  const now = numericDate(context.clock);
  const name = checkApprover(context, approver, approval, now, "fresh");
  const state = verdict === "approve" ? "granted" : "denied";
  if (verdict === "approve") {
    const { issuer, subject, claims } = approver;
    await refuseAuthor(context, { issuer, subject, links: linksOf(context, claims) }, approval.grant);
  }
  const decidedBy = `${approver.issuer} ${approver.subject}`;
  const changed = await context.store.decideApproval(id, state, decidedBy, now, {
    kind: "approval",
    at: context.clock.now(),
    tenant: approval.tenant,
    body: {
      approval: id,
      outcome: state,
      approvers: name,
      grant: approval.grant,
      action_digest: approval.actionDigest,
      binding: approval.binding,
    },
    personal: {
      approver: { issuer: approver.issuer, subject: approver.subject },
      shown: approval.shownText,
      ...(reason === undefined ? {} : { reason }),
    },
  });
  const after = await context.store.approval(id);
  if (changed && after !== undefined) {
    context.approvalChanges.changed(id);
    return after;
  }
  const found = after === undefined ? "expired" : stateAt(after, now);
  if (found === "expired") throw new Refusal("approval_expired", { failedFact: "approval" });
  throw new DecidedAlready(found);
}
