import {
  type ApprovalRecord,
  type ApprovalState,
  type LedgerEntry,
  type ValueMap,
  numericDate,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { progressOf } from "./approval-progress.ts";
import type { ApprovalWebhook } from "./approval-options.ts";
import { sendNotice } from "./send-notice.ts";

const BATCH = 100;

/** Seconds after which a notice that was not taken is sent again; after the last of them it is given up. */
const BACKOFF_SECONDS: readonly number[] = [10, 60, 300, 900];

/** How often an outcome is written beside somebody else's step. */
const TRIES = 5;

/**
 * Does what is due of approvals: records their expiry, lets others decide, gives notice. Safe on every replica at once: of
 * two that see the same, one makes the step.
 */
export async function advanceApprovals(context: BrokerContext): Promise<void> {
  const now = numericDate(context.clock);
  const due = await context.store.approvalsDue(now, BATCH);
  await Promise.all(due.map((approval) => advance(context, approval, now)));
}

async function advance(context: BrokerContext, approval: ApprovalRecord, now: number): Promise<void> {
  const { state, expiresAt, escalation, progress } = approval;
  if (expiresAt <= now) {
    if (await step(context, approval, "expired", {}, { outcome: "expired", was: state }))
      context.approvalChanges.changed(approval.id);
    return;
  }
  if (state === "pending" && progress.noticeAt !== null && progress.noticeAt <= now) {
    await giveNotice(context, approval, now);
    return;
  }
  if (state === "pending" && progress.escalatedAt === null && escalation !== null && escalation.at <= now) {
    // The others are told anew.
    const noticeAt = context.approvals.notify === undefined ? null : now;
    const changes = { escalatedAt: now, noticeAt, noticeAttempts: 0 };
    await step(context, approval, state, changes, { outcome: "escalated", to: escalation.approvers });
    return;
  }
  // Decided before its notice: only the expiry is left.
  await step(context, approval, state, {}, undefined);
}

/** The attempt is taken before it is made, so that a replica that dies in it leaves the next one to others. */
async function giveNotice(context: BrokerContext, approval: ApprovalRecord, now: number): Promise<void> {
  const { notify } = context.approvals;
  const noticeAttempts = approval.progress.noticeAttempts + 1;
  const wait = BACKOFF_SECONDS[noticeAttempts - 1];
  const next = wait === undefined || now + wait >= approval.expiresAt ? null : now + wait;
  const taken = { noticeAt: notify === undefined ? null : (next ?? approval.expiresAt), noticeAttempts };
  if (!(await step(context, approval, approval.state, taken, undefined)) || notify === undefined) return;
  await attempt(context, notify, approval, { attempts: noticeAttempts, last: next === null });
}

async function attempt(
  context: BrokerContext,
  notify: ApprovalWebhook,
  approval: ApprovalRecord,
  { attempts, last }: { readonly attempts: number; readonly last: boolean },
): Promise<void> {
  const sent = await sendNotice(context, notify, approval);
  if (!sent && !last) return;
  const outcome = sent ? "notified" : "notice_failed";
  // Whoever decided meanwhile made a step of their own; what was sent is recorded all the same.
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await context.store.approval(approval.id);
    if (found === undefined) return;
    if (await step(context, found, found.state, { noticeAt: null }, { outcome, attempts })) return;
  }
}

function step(
  context: BrokerContext,
  approval: ApprovalRecord,
  state: ApprovalState,
  changes: Partial<Omit<ApprovalRecord["progress"], "dueAt">>,
  body: ValueMap | undefined,
): Promise<boolean> {
  const { escalatedAt, noticeAt, noticeAttempts, dueAt } = approval.progress;
  const progress = progressOf(approval, state, { escalatedAt, noticeAt, noticeAttempts, ...changes });
  return context.store.advanceApproval({
    id: approval.id,
    from: { state: approval.state, dueAt },
    to: { state, progress },
    ...(body === undefined ? {} : { entry: entryOf(context, approval, body) }),
  });
}

function entryOf(context: BrokerContext, approval: ApprovalRecord, body: ValueMap): LedgerEntry {
  return {
    kind: "approval",
    at: context.clock.now(),
    tenant: approval.tenant,
    body: {
      approval: approval.id,
      approvers: approval.approvers,
      grant: approval.grant,
      action_digest: approval.actionDigest,
      ...body,
    },
  };
}
