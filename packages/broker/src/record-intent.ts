import {
  type Authority,
  type IntentOutcome,
  type LedgerEntry,
  type LedgerReceipt,
  Refusal,
  numericDate,
} from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";
import type { MintPermit } from "./authorize-mint.ts";
import type { BrokerContext } from "./broker-context.ts";
import { decisionEntry } from "./decision-entry.ts";
import { receiptOf } from "./receipt-of.ts";

/** Seconds after which an intent without an outcome is an orphan. */
const INTENT_SECONDS = 60;

/** What step 3 gave: leave to mint, or the lease that this very action has already. */
export type RecordedIntent =
  | { readonly permit: MintPermit; readonly receipt?: LedgerReceipt }
  | { readonly repeatedLease: string };

/**
 * Step 3 of the durable order: jti, approval, budget, once and the record itself in one transaction, which also aborts
 * when an epoch moved since the decision.
 *
 * @throws Refusal with the reason of whatever could not be spent
 */
export async function recordIntent(
  context: BrokerContext,
  { decided, decisionId, leaseId, permission, approval, authority }: AllowedAction,
): Promise<RecordedIntent> {
  // INVARIANT: a permission that needs a person is worth nothing without the approval.
  if (permission.outcome === "approval_required" && approval === undefined)
    throw new Refusal("approval_required", { failedFact: "approval" });
  context.ledger.requireOutside();
  const { assertion } = decided;
  const { record } = assertion.run;
  const now = numericDate(context.clock);
  const decision = decisionEntry(context, decided, decisionId, {
    outcome: "allow",
    lease: leaseId,
    bound: permission.custody === "released" ? "mint" : "request",
    ...(approval === undefined ? {} : { approval: approval.id }),
  });
  const entry: LedgerEntry = { ...decision, kind: "intent" };
  const result = await context.store.recordIntent({
    decisionId,
    leaseId,
    tenant: record.tenant,
    system: authority.system,
    run: record.id,
    root: record.root,
    txn: assertion.action.txn,
    actionDigest: assertion.actionDigest,
    token: assertion.token,
    approvalId: approval?.id,
    budgets: permission.budgets,
    once: permission.once,
    epochs: decided.epochs,
    generation: context.store.generation,
    now,
    deadline: now + INTENT_SECONDS,
    entry,
  });
  if (result.outcome === "repeated") return { repeatedLease: result.leaseId };
  if (result.outcome === "recorded")
    return { permit: permit(decisionId, authority), ...(await receiptOf(context, entry)) };
  throw refusalOf(result.outcome);
}

function permit(decisionId: string, authority: Authority): MintPermit {
  return { decisionId, authority } as MintPermit;
}

function refusalOf(outcome: Exclude<IntentOutcome["outcome"], "recorded" | "repeated">): Refusal {
  switch (outcome) {
    case "approval_spent":
    case "approval_expired":
    case "approval_pending":
    case "approval_denied":
    case "approval_withdrawn":
      return new Refusal(outcome, { detail: "its state changed while deciding", failedFact: "approval" });
    case "budget_exceeded":
      return new Refusal(outcome, { failedFact: "budget" });
    case "already_done":
    case "effect_pending":
    case "outcome_unknown":
      return new Refusal(outcome, { failedFact: "action" });
    case "state_changed":
      return new Refusal(outcome, { failedFact: "policy" });
    case "run_ended":
      return new Refusal(outcome, { failedFact: "run" });
    case "token_replayed":
      return new Refusal(outcome, { detail: "the assertion was used before", failedFact: "token" });
  }
}
