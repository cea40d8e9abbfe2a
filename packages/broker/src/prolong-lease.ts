import {
  type LeaseRecord,
  type LedgerEntry,
  Refusal,
  TOKEN_TYPE_URIS,
  type TokenSuccess,
  canonicalJson,
  numericDate,
} from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";
import type { BrokerContext } from "./broker-context.ts";
import { decisionEntry } from "./decision-entry.ts";
import { leaseEnd } from "./lease-end.ts";
import { leaseAnswer } from "./open-lease.ts";
import { receiptOf } from "./receipt-of.ts";

/**
 * One more step of a lease whose operation goes on, for an action that was decided anew just now. Nothing is minted or spent again,
 * and the handle stays as it is. INVARIANT: a step is for the same run, key, action, grant and authority as the lease, and never
 * beyond what grant, approval, run and the credential itself allowed when it was minted, or allow now.
 *
 * @throws Refusal `lease_unknown`, `lease_expired`, `lease_used`, `run_ended`, `state_changed`, `token_replayed`, `ledger_unavailable`
 */
export async function prolongLease(
  context: BrokerContext,
  allowed: AllowedAction,
  leaseId: string,
): Promise<TokenSuccess> {
  context.ledger.requireOutside();
  const { decided, approval } = allowed;
  const { assertion } = decided;
  const { record } = assertion.run;
  const lease = await context.store.lease(leaseId);
  if (lease === undefined || !isOf(lease, allowed))
    throw refused("lease_unknown", "no such lease of this action");
  if (lease.job === undefined) throw refused("lease_expired", "its grant does not prolong it");
  const now = numericDate(context.clock);
  const until = Math.min(
    leaseEnd(context, allowed),
    lease.job.until,
    now + (allowed.permission.jobSeconds ?? 0),
  );
  if (until <= lease.expiresAt) throw refused("lease_expired", "it cannot last any longer");
  // Found under the decision that the lease is of; what was decided now has its own id besides.
  const decision = decisionEntry(context, decided, lease.decisionId, {
    outcome: "prolonged",
    lease: leaseId,
    decided_again: allowed.decisionId,
    lease_expires_at: until,
    ...(approval === undefined ? {} : { approval: approval.id }),
  });
  const entry: LedgerEntry = { ...decision, kind: "outcome" };
  const outcome = await context.store.prolongLease({
    leaseId,
    tenant: record.tenant,
    run: record.id,
    root: record.root,
    txn: assertion.action.txn,
    actionDigest: assertion.actionDigest,
    token: assertion.token,
    approvalId: approval?.id,
    epochs: decided.epochs,
    generation: context.store.generation,
    now,
    until,
    entry,
  });
  if (outcome !== "prolonged") throw refused(outcome, "it changed while deciding");
  const answer = leaseAnswer(context, allowed, {
    lease: { ...lease, expiresAt: until },
    handle: leaseId,
    released: undefined,
  });
  return {
    ...answer,
    issued_token_type: TOKEN_TYPE_URIS.lease,
    token_type: "N_A",
    ...(await receiptOf(context, entry)),
  };
}

/** Whether the lease is for this very action, by this run and its key, under the same grant and with the same authority. */
function isOf(lease: LeaseRecord, { decided, permission, authority }: AllowedAction): boolean {
  const { assertion } = decided;
  const { record, claims } = assertion.run;
  return (
    lease.tenant === record.tenant &&
    lease.run === record.id &&
    lease.thumbprint === claims.cnf.jkt &&
    lease.txn === assertion.action.txn &&
    lease.actionDigest === assertion.actionDigest &&
    lease.authority === canonicalJson(authority) &&
    (lease.job === undefined || lease.job.grantDigest === permission.grantDigest)
  );
}

function refused(
  reason: "lease_unknown" | "lease_expired" | "lease_used" | "run_ended" | "state_changed" | "token_replayed",
  detail: string,
): Refusal {
  return new Refusal(reason, { detail, failedFact: reason === "token_replayed" ? "token" : "credential" });
}
