import {
  type ApprovalRecord,
  Refusal,
  approvalUrl,
  numericDate,
  thumbprint,
  verifyProof,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { currentNonce, requireNonce } from "../proof-nonce.ts";
import { recordRefusal } from "../record-refusal.ts";
import { type VerifiedRun, checkRunning, verifyRun } from "../run-token.ts";
import { noSuchApproval } from "./approver-refusal.ts";

/** A run token with a proof of its key, made for one question about one approval. */
export interface RunProof {
  readonly token: string;
  readonly proof: string | undefined;
}

/** The next proof must hold this nonce (RFC 9449 section 9). */
export class NonceRequired extends Refusal {
  readonly nonce: string;

  constructor(nonce: string) {
    super("proof_nonce_required", { failedFact: "token" });
    this.nonce = nonce;
  }
}

/** A run that may wait for an approval, with that approval. */
export interface WaitingRun {
  readonly run: VerifiedRun;
  readonly approval: ApprovalRecord;
}

/**
 * The run that asked, or a later one of the same thread, agent and principal: nobody else's process hears of an approval.
 *
 * @throws Refusal `token_…`, `proof_invalid`, {@link NonceRequired} (counted); `run_ended`, `approval_mismatch` (recorded)
 */
export async function waitingRun(
  context: BrokerContext,
  id: string,
  about: "state" | "events" | "withdrawal",
  { token, proof }: RunProof,
): Promise<WaitingRun> {
  const run = await verifiedCaller(context, id, about, token, proof);
  try {
    checkRunning(run);
    const approval = await context.store.approval(id);
    if (approval === undefined || !concerns(approval, run)) throw noSuchApproval();
    return { run, approval };
  } catch (error) {
    throw await refused(context, run, id, about, error);
  }
}

async function verifiedCaller(
  context: BrokerContext,
  id: string,
  about: "state" | "events" | "withdrawal",
  token: string,
  proof: string | undefined,
): Promise<VerifiedRun> {
  try {
    challenge(context, proof);
    const run = await verifyRun(context, token);
    const method = about === "withdrawal" ? "POST" : "GET";
    const url = approvalUrl(context.issuer, id, about);
    const verified = await verifyProof(proof, { method, url, token }, numericDate(context.clock));
    if ((await thumbprint(run.record.publicJwk)) !== verified.thumbprint)
      throw new Refusal("proof_invalid", {
        detail: "the proof was made with another key",
        failedFact: "token",
      });
    return run;
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

function challenge(context: BrokerContext, proof: string | undefined): void {
  try {
    requireNonce(context, proof);
  } catch (error) {
    if (Refusal.is(error) && error.reason === "proof_nonce_required")
      throw new NonceRequired(currentNonce(context));
    throw error;
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
