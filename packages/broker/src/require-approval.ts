import {
  type ApprovalDecision,
  type ApprovalRecord,
  type LedgerReceipt,
  Refusal,
  newId,
  numericDate,
} from "@watchword/core";
import { approvalBinding, approvalRequest } from "./approval-binding.ts";
import { approvalText } from "./approval-text.ts";
import { tellListener } from "./approvals/approval-notice.ts";
import { progressOf } from "./approvals/approval-progress.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { DecidedAction } from "./decide-action.ts";
import { decisionEntry } from "./decision-entry.ts";
import { receiptOf } from "./receipt-of.ts";

/** The person's answer that the act brought along, checked against everything it was given for. */
export interface FittingApproval {
  readonly id: string;
  /** NumericDate; a lease does not outlive it. */
  readonly expiresAt: number;
}

/**
 * Checks the approval that an act names. It is not spent here: that happens in the intent's transaction, which looks at
 * its state again.
 *
 * @throws Refusal `approval_mismatch`, `approval_denied`, `approval_withdrawn`, `approval_expired`,
 *   `approval_spent`, `approval_pending`
 */
export async function checkApproval(
  context: BrokerContext,
  decided: DecidedAction,
  decision: ApprovalDecision,
  id: string,
): Promise<FittingApproval> {
  const approval = await context.store.approval(id);
  const { record } = decided.assertion.run;
  // Another tenant's approval and one that never was look the same.
  if (approval === undefined || approval.tenant !== record.tenant)
    throw refused("approval_mismatch", "no such approval in this tenant");
  const binding = approvalBinding(
    context.issuer,
    decided.assertion,
    decision,
    shownText(decided),
    approval.expiresAt,
  );
  if (approval.state === "spent") {
    // What it was spent for may have lost its answer: the intent's transaction knows the lease. For anything else spent is
    // spent, also for the same action once its effect has changed the facts that the binding covers.
    if (binding === approval.binding) return { id, expiresAt: approval.expiresAt };
    throw refused("approval_spent", "it was spent before");
  }
  if (binding !== approval.binding)
    throw refused("approval_mismatch", "action or context differ from what was approved");
  if (approval.state === "denied") throw refused("approval_denied", "the approver said no");
  if (approval.state === "withdrawn") throw refused("approval_withdrawn", "it was taken back");
  if (approval.expiresAt <= numericDate(context.clock))
    throw refused("approval_expired", "it was not used in time");
  if (approval.state === "pending") throw refused("approval_pending", "nobody has decided yet");
  return { id, expiresAt: approval.expiresAt };
}

/** An approval that the runtime waits for, and where that is recorded. */
export interface WantedApproval {
  readonly approval: ApprovalRecord;
  readonly receipt?: LedgerReceipt;
}

/** Records that a person must decide, and gives the approval that the runtime waits for. */
export async function requestApproval(
  context: BrokerContext,
  decided: DecidedAction,
  decision: ApprovalDecision,
  decisionId: string,
): Promise<WantedApproval> {
  const wanted = wantedApproval(context, decided, decision);
  await refuseFlood(context, wanted);
  let named = wanted;
  // What is there already is asked for by its own name, so that the record says which approval the action waits for.
  for (let tries = 0; tries < RACES; tries++) {
    const body = { outcome: "approval_required", approval: named.id } as const;
    const entry = decisionEntry(context, decided, decisionId, body);
    const kept = await context.store.requestApproval(named, decided.assertion.token, entry);
    if (kept === "token_replayed")
      throw new Refusal("token_replayed", { detail: "the assertion was used before", failedFact: "token" });
    if (kept.id === named.id) {
      if (kept.id === wanted.id) tellListener(context, kept);
      return { approval: kept, ...(await receiptOf(context, entry)) };
    }
    named = kept;
  }
  throw new Refusal("state_changed", { detail: "its approval came and went", failedFact: "approval" });
}

/** How often what was there may be gone when it is asked for. */
const RACES = 3;

function wantedApproval(
  context: BrokerContext,
  decided: DecidedAction,
  decision: ApprovalDecision,
): ApprovalRecord {
  const { assertion } = decided;
  const { record } = assertion.run;
  const { escalation } = decision;
  const now = numericDate(context.clock);
  const text = shownText(decided);
  const expiresAt = now + decision.approvalSeconds;
  const approval = {
    id: newId("apr", context.clock.now()),
    tenant: record.tenant,
    thread: record.thread,
    agent: record.agent,
    txn: assertion.action.txn,
    actionDigest: assertion.actionDigest,
    grant: decision.grant,
    request: approvalRequest(context.issuer, assertion, decision, text),
    binding: approvalBinding(context.issuer, assertion, decision, text, expiresAt),
    run: record.id,
    approvers: decision.approvers,
    escalation:
      escalation === undefined
        ? null
        : { approvers: escalation.approvers, at: now + escalation.afterSeconds },
    requester: record.principal,
    requesterLinks: record.links ?? {},
    shownText: text,
    createdAt: now,
    expiresAt,
    state: "pending",
    decidedBy: null,
  } as const;
  const noticeAt = context.approvals.notify === undefined ? null : now;
  return {
    ...approval,
    progress: progressOf(approval, "pending", { escalatedAt: null, noticeAt, noticeAttempts: 0 }),
  };
}

/** An agent that asks for one thing after another tires people until they say yes. */
async function refuseFlood(context: BrokerContext, wanted: ApprovalRecord): Promise<void> {
  const waiting = await context.store.pendingApprovals(wanted.tenant, wanted.createdAt);
  const own = waiting.filter(({ thread, agent }) => thread === wanted.thread && agent === wanted.agent);
  if (own.length < context.approvals.maxPending) return;
  if (own.some(({ request }) => request === wanted.request)) return;
  throw new Refusal("approvals_full", {
    detail: `${own.length} actions of this thread wait already`,
    failedFact: "approval",
  });
}

function shownText({ assertion, operation, completed }: DecidedAction): string {
  const { record } = assertion.run;
  return approvalText({
    agent: record.agent,
    tenant: record.tenant,
    principal: `${record.principal.kind} ${record.principal.subject}${record.assurance === "verified" ? "" : " (asserted by the workload, not verified)"}`,
    operation,
    action: completed,
  });
}

function refused(
  reason:
    | "approval_mismatch"
    | "approval_denied"
    | "approval_withdrawn"
    | "approval_expired"
    | "approval_spent"
    | "approval_pending",
  detail: string,
): Refusal {
  return new Refusal(reason, { detail, failedFact: "approval" });
}
