import {
  type ApprovalDecision,
  type ApprovalRecord,
  CLAIMS,
  type DenyDecision,
  type LedgerReceipt,
  type Permission,
  Refusal,
  TOKEN_TYPE_URIS,
  type TokenRequest,
  type TokenSuccess,
  newId,
} from "@watchword/core";
import type { SpanRecorder } from "@watchword/telemetry";
import type { AllowedAction } from "./allowed-action.ts";
import { MintFailure } from "./authorize-mint.ts";
import type { BrokerContext } from "./broker-context.ts";
import { type DecidedAction, decideAction } from "./decide-action.ts";
import { refusalEntry } from "./decision-entry.ts";
import { sayAllowed, sayRefused, spanPrincipalOf } from "./exchange-span.ts";
import { mintLease } from "./mint-lease.ts";
import { leaseAnswer, reopenLease } from "./open-lease.ts";
import { prolongLease } from "./prolong-lease.ts";
import { recordIntent } from "./record-intent.ts";
import { recordRefusal } from "./record-refusal.ts";
import {
  type FittingApproval,
  type WantedApproval,
  checkApproval,
  requestApproval,
} from "./require-approval.ts";
import { type VerifiedRun, checkRunning, verifyRun } from "./run-token.ts";
import { type RunKeyCache, type VerifiedAssertion, verifyAssertion } from "./verify-assertion.ts";

/** Raised when a person must decide first; carries what the runtime may know of it. */
export class ApprovalNeeded extends Refusal {
  readonly approval: ApprovalRecord;

  constructor({ approval, receipt }: WantedApproval, decisionId: string) {
    super("approval_required", {
      failedFact: "approval",
      decisionId,
      ...(receipt === undefined ? {} : { receipt }),
    });
    this.approval = approval;
  }
}

/** What is known by the time something is refused. */
interface Known {
  assertion?: VerifiedAssertion;
  decided?: DecidedAction;
  /** Where the decision is recorded. */
  receipt?: LedgerReceipt | undefined;
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
  span: SpanRecorder,
): Promise<TokenSuccess> {
  const run = await verifyRun(context, request.subject_token);
  span.identified(() => spanPrincipalOf(context, run.record, run.claims[CLAIMS.run].background));
  const decisionId = newId("dec", context.clock.now());
  const known: Known = {};
  try {
    checkRunning(run);
    known.assertion = await verifyAssertion(context, keys, run, request.actor_token ?? "");
    agree(request, known.assertion);
    context.onStep("read", decisionId);

    known.decided = await decideAction(context, known.assertion);
    context.onStep("decided", decisionId);
    const allowed = await allow(context, known.decided, decisionId, request.requested_token_type);

    if (known.assertion.prolongs !== undefined) {
      const prolonged = await prolongLease(context, allowed, known.assertion.prolongs);
      context.onStep("answered", decisionId);
      sayAllowed(span, known.assertion, prolonged);
      return prolonged;
    }
    const intent = await recordIntent(context, allowed);
    if ("permit" in intent) known.receipt = intent.receipt;
    const opened =
      "repeatedLease" in intent
        ? await reopenLease(context, known.decided, intent.repeatedLease)
        : await mintLease(context, allowed, intent.permit);
    context.onStep("answered", decisionId);
    const receipt = known.receipt ?? opened.receipt;
    const answer = {
      ...leaseAnswer(context, allowed, opened),
      ...(receipt === undefined ? {} : { receipt }),
    };
    sayAllowed(span, known.assertion, answer);
    return answer;
  } catch (error) {
    const refusal = await recorded(context, run, decisionId, error, known);
    sayRefused(span, context, refusal, known);
    throw refusal;
  }
}

/** Settles that the policy, and a person where it wants one, allows the action, and plans the least it needs. */
async function allow(
  context: BrokerContext,
  decided: DecidedAction,
  decisionId: string,
  requested: string | undefined,
): Promise<AllowedAction> {
  const { decision, adapter, completed } = decided;
  if (decision.outcome === "deny") throw denial(decision);
  agreeOnCustody(requested, decision);
  return {
    decisionId,
    leaseId: newId("lease", context.clock.now()),
    decided,
    permission: decision,
    approval:
      decision.outcome === "approval_required"
        ? await approvalFor(context, decided, decision, decisionId)
        : undefined,
    authority: adapter.plan(completed),
  };
}

async function approvalFor(
  context: BrokerContext,
  decided: DecidedAction,
  decision: ApprovalDecision,
  decisionId: string,
): Promise<FittingApproval> {
  const id = decided.assertion.approvalId;
  if (id !== undefined) return checkApproval(context, decided, decision, id);
  // A step of a lease asks nobody: the yes that its action needed was given before.
  if (decided.assertion.prolongs !== undefined)
    throw new Refusal("approval_mismatch", { detail: "names no approval", failedFact: "approval" });
  throw new ApprovalNeeded(await requestApproval(context, decided, decision, decisionId), decisionId);
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

/** A runtime that insists on one kind of token does not get the other. Most leave it to the grant. */
function agreeOnCustody(requested: string | undefined, { custody }: Permission): void {
  const given = custody === "released" ? TOKEN_TYPE_URIS.accessToken : TOKEN_TYPE_URIS.handle;
  if (requested !== undefined && requested !== given)
    throw new Refusal("request_malformed", {
      detail: `requested_token_type is not what the grant gives: ${given}`,
      failedFact: "credential",
    });
}

function denial(decision: DenyDecision): Refusal {
  return new Refusal(decision.reason, {
    detail: decision.grant === undefined ? "no grant matches" : `grant ${decision.grant}`,
    failedFact: decision.failedFact,
  });
}

/** Records the refusal, unless a record of its own says it already, and gives it the decision's id. */
async function recorded(
  context: BrokerContext,
  run: VerifiedRun,
  decisionId: string,
  error: unknown,
  known: Known,
): Promise<Refusal> {
  if (error instanceof ApprovalNeeded) return error;
  if (error instanceof MintFailure) return error.refusal.withDecision(decisionId).withReceipt(known.receipt);
  const refusal = Refusal.from(error, "internal");
  const entry = refusalEntry(context, run, decisionId, refusal, known.assertion, known.decided);
  const answered = await recordRefusal(context, refusal, entry, known.assertion?.token);
  return answered.withDecision(decisionId);
}
