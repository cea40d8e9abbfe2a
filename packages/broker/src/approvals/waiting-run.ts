import { type ApprovalRecord, Refusal, approvalUrl } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { type RunProof, provenRun } from "../proven-run.ts";
import { recordRefusal } from "../record-refusal.ts";
import { type VerifiedRun, checkRunning } from "../run-token.ts";
import { noSuchApproval } from "./approver-refusal.ts";

/** A run that may wait for an approval, with that approval. */
export interface WaitingRun {
  readonly run: VerifiedRun;
  readonly approval: ApprovalRecord;
}

/**
 * The run that asked, or a later one of the same thread, agent and principal: nobody else's process hears of an approval.
 *
 * @throws Refusal `token_…`, `proof_invalid`, `proof_nonce_required` (counted); `run_ended`, `approval_mismatch` (recorded)
 */
export async function waitingRun(
  context: BrokerContext,
  id: string,
  about: "state" | "events" | "withdrawal",
  caller: RunProof,
): Promise<WaitingRun> {
  const url = approvalUrl(context.issuer, id, about);
  const run = await provenRun(context, caller, { method: about === "withdrawal" ? "POST" : "GET", url });
  try {
    checkRunning(run);
    const approval = await context.store.approval(id);
    if (approval === undefined || !concerns(approval, run)) throw noSuchApproval();
    return { run, approval };
  } catch (error) {
    throw await refused(context, run, id, about, error);
  }
}

/** What the binding of an approval says of whose it is. */
function concerns(approval: ApprovalRecord, { record }: VerifiedRun): boolean {
  const { requester } = approval;
  return (
    approval.tenant === record.tenant &&
    approval.thread === record.thread &&
    approval.agent === record.agent &&
    requester.kind === record.principal.kind &&
    requester.issuer === record.principal.issuer &&
    requester.subject === record.principal.subject
  );
}

async function refused(
  context: BrokerContext,
  { record }: VerifiedRun,
  id: string,
  asked: string,
  error: unknown,
): Promise<Refusal> {
  const refusal = Refusal.from(error, "internal");
  return recordRefusal(context, refusal, {
    kind: "approval",
    at: context.clock.now(),
    tenant: record.tenant,
    // A made-up id may be anything; only what could be one is kept.
    body: {
      ...(/^apr_[0-9a-f]{32}$/.test(id) ? { approval: id } : {}),
      outcome: "refused",
      asked,
      reason: refusal.reason,
      run: record.id,
    },
  });
}
