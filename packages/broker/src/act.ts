import {
  type AllowDecision,
  type ApprovalDecision,
  type ApprovalRecord,
  type Authority,
  type DenyDecision,
  type LeaseRecord,
  type Minted,
  Refusal,
  type TokenRequest,
  type TokenSuccess,
  newId,
  numericDate,
} from "@watchword/core";
import { MintFailure, authorizeMint } from "./authorize-mint.ts";
import type { BrokerContext } from "./broker-context.ts";
import { type DecidedAction, decideAction } from "./decide-action.ts";
import { decisionEntry, refusalEntry } from "./decision-entry.ts";
import { type OpenLease, leaseAnswer, makeLease, reopenLease } from "./open-lease.ts";
import { recordIntent } from "./record-intent.ts";
import { type FittingApproval, checkApproval, requestApproval } from "./require-approval.ts";
import { type VerifiedRun, verifyRun } from "./run-token.ts";
import { type RunKeyCache, type VerifiedAssertion, verifyAssertion } from "./verify-assertion.ts";

/** Milliseconds that a mint may take. */
const MINT_MILLISECONDS = 10_000;

/** Raised when a person must decide first; carries what the runtime may know of it. */
export class ApprovalNeeded extends Refusal {
  readonly approval: ApprovalRecord;

  constructor(approval: ApprovalRecord, decisionId: string) {
    super("approval_required", { failedFact: "approval", decisionId });
    this.approval = approval;
  }
}

/**
 * The act exchange: a run token and an assertion become one lease for one action. A sequence in the durable order; any
 * refusal after the run is known is recorded before it is answered.
 *
 * @throws Refusal with the reason and the decision's id
 */
export async function act(
  context: BrokerContext,
  keys: RunKeyCache,
  request: TokenRequest,
): Promise<TokenSuccess> {
  const run = await verifyRun(context, request.subject_token);
  const decisionId = newId("dec", context.clock.now());
  const known: { assertion?: VerifiedAssertion; decided?: DecidedAction; recorded?: boolean } = {};
  try {
    known.assertion = await verifyAssertion(context, keys, run, request.actor_token ?? "");
    agree(request, known.assertion);
    context.onStep("read", decisionId);

    known.decided = await decideAction(context, known.assertion);
    context.onStep("decided", decisionId);
    const { decision, adapter, completed } = known.decided;
    if (decision.outcome === "deny") throw denial(decision);
    const approval =
      decision.outcome === "approval_required"
        ? await approvalFor(context, known.decided, decision, decisionId, known)
        : undefined;
    const authority = adapter.plan(completed);

    const ids = { decisionId, leaseId: newId("lease", context.clock.now()) };
    const intent = await recordIntent(context, known.decided, ids, decision, approval, authority);
    const opened =
      "repeatedLease" in intent
        ? await reopenLease(context, known.decided, intent.repeatedLease)
        : await mint(context, known.decided, ids, decision, approval, authority, intent.permit, known);
    context.onStep("answered", decisionId);
    return leaseAnswer(context, known.decided, opened, authority);
  } catch (error) {
    throw await recorded(context, run, decisionId, Refusal.from(error, "internal"), known);
  }
}

async function mint(
  context: BrokerContext,
  decided: DecidedAction,
  ids: { readonly decisionId: string; readonly leaseId: string },
  permission: AllowDecision | ApprovalDecision,
  approval: FittingApproval | undefined,
  authority: Authority,
  permit: Parameters<typeof authorizeMint>[0],
  known: { recorded?: boolean },
): Promise<OpenLease> {
  context.onStep("intent", ids.decisionId);
  const adapterContext = {
    connection: decided.connection,
    fetch: context.fetch,
    clock: context.clock,
    signal: AbortSignal.timeout(MINT_MILLISECONDS),
  };
  let minted: Minted;
  try {
    minted = await authorizeMint(permit, decided.adapter, adapterContext);
  } catch (error) {
    if (!(error instanceof MintFailure)) throw error;
    known.recorded = true;
    await context.store.recordMint({
      minted: false,
      decisionId: ids.decisionId,
      reopen: error.definite,
      entry: outcomeEntry(context, decided, ids.decisionId, {
        outcome: "not_minted",
        reason: error.refusal.reason,
        reopened: error.definite,
      }),
    });
    throw error.refusal;
  }
  context.onStep("minted", ids.decisionId);
  try {
    const opened = await makeLease(context, decided, ids, permission, approval, authority, minted);
    await recordLease(context, decided, opened.lease, authority);
    context.onStep("outcome", ids.decisionId);
    return opened;
  } catch (error) {
    // Nobody will get this credential. It is revoked while we still hold it; the open intent is reported as orphaned.
    await decided.adapter.revoke(minted.credential, adapterContext).catch(() => "unknown");
    throw error;
  }
}

function recordLease(
  context: BrokerContext,
  decided: DecidedAction,
  lease: LeaseRecord,
  authority: Authority,
): Promise<void> {
  const residual = decided.adapter.residual(authority);
  return context.store.recordMint({
    minted: true,
    lease,
    entry: outcomeEntry(context, decided, lease.decisionId, {
      outcome: "minted",
      lease: lease.id,
      credential_kind: lease.kind,
      fingerprint: lease.fingerprint,
      lease_expires_at: lease.expiresAt,
      native_expires_at: lease.nativeExpiresAt ?? "never",
      residual: residual.summary,
      held_by: residual.heldBy,
    }),
  });
}

async function approvalFor(
  context: BrokerContext,
  decided: DecidedAction,
  decision: ApprovalDecision,
  decisionId: string,
  known: { recorded?: boolean },
): Promise<FittingApproval> {
  const id = decided.assertion.approvalId;
  if (id !== undefined) return checkApproval(context, decided, decision, id);
  const approval = await requestApproval(context, decided, decision, decisionId);
  known.recorded = true;
  throw new ApprovalNeeded(approval, decisionId);
}

/** Parameters that repeat the action (RFC 8693 section 2.1) may be left out, but never differ from it. */
function agree(request: TokenRequest, { action }: VerifiedAssertion): void {
  const agrees =
    (request.audience === undefined || request.audience === action.system) &&
    (request.scope === undefined || request.scope === `${action.system}/${action.operation}`) &&
    request.resource === undefined &&
    request.authorization_details === undefined;
  if (!agrees)
    throw new Refusal("request_malformed", {
      detail: "audience, scope, resource or authorization_details differ from the action",
      failedFact: "action",
    });
}

function denial(decision: DenyDecision): Refusal {
  return new Refusal(decision.reason, {
    detail: decision.grant === undefined ? "no grant matches" : `grant ${decision.grant}`,
    failedFact: decision.failedFact,
  });
}

/** Records the refusal, unless its own transaction did, and gives it the decision's id. */
async function recorded(
  context: BrokerContext,
  run: VerifiedRun,
  decisionId: string,
  refusal: Refusal,
  known: { assertion?: VerifiedAssertion; decided?: DecidedAction; recorded?: boolean },
): Promise<Refusal> {
  if (refusal instanceof ApprovalNeeded) return refusal;
  // The ledger that just failed to answer in time is not asked again: the caller's answer would be late for nothing.
  if (refusal.reason === "ledger_unavailable") return refusal.withDecision(decisionId);
  try {
    if (known.recorded !== true) {
      await context.store.recordRefusal(
        refusalEntry(context, run, decisionId, refusal, known.assertion, known.decided),
        known.assertion?.token,
      );
    }
  } catch (error) {
    return Refusal.from(error, "ledger_unavailable").withDecision(decisionId);
  }
  return refusal.withDecision(decisionId);
}

function outcomeEntry(
  context: BrokerContext,
  decided: DecidedAction,
  decisionId: string,
  body: Record<string, string | number | boolean>,
): ReturnType<typeof decisionEntry> {
  const { record } = decided.assertion.run;
  return {
    kind: "outcome",
    at: context.clock.now(),
    tenant: record.tenant,
    decisionId,
    body: {
      agent: record.agent,
      run: record.id,
      at_seconds: numericDate(context.clock),
      isolation: context.isolation,
      ...body,
    },
  };
}
