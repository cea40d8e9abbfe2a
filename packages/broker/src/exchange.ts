import {
  REASONS,
  Refusal,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
  approvalUrl,
  askWithProof,
  type TokenAnswer,
  type TokenFailure,
  type TokenRequest,
  type TokenSuccess,
  isRetryable,
  numericDate,
} from "@watchword/core";
import { type SpanRecorder, withExchangeSpan } from "@watchword/telemetry";
import { ApprovalNeeded, act } from "./act.ts";
import { APPROVAL_INTERVAL_SECONDS } from "./approvals/approval-status.ts";
import type { BrokerContext } from "./broker-context.ts";
import { delegateRun } from "./delegate-run.ts";
import { exchangeKind, sayRefused } from "./exchange-span.ts";
import { currentNonce, requireNonce } from "./proof-nonce.ts";
import { renewRun } from "./renew-run.ts";
import { startRun } from "./start-run.ts";
import type { RunKeyCache } from "./verify-assertion.ts";

/**
 * The one endpoint, for callers over HTTP and in the same process alike: it tells the exchanges apart, and turns every
 * refusal into an answer that is safe to show.
 */
export async function exchange(
  context: BrokerContext,
  keys: RunKeyCache,
  request: TokenRequest,
): Promise<TokenAnswer> {
  const { traceparent } = request;
  return askWithProof(request, (proven) =>
    withExchangeSpan(
      {
        exchange: exchangeKind(proven),
        ...(traceparent === undefined ? {} : { remote: { get: () => traceparent } }),
      },
      (span) => answer(context, keys, proven, span),
    ),
  );
}

async function answer(
  context: BrokerContext,
  keys: RunKeyCache,
  request: TokenRequest,
  span: SpanRecorder,
): Promise<TokenAnswer> {
  try {
    return await dispatch(context, keys, request, span);
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    sayRefused(span, context, refusal);
    // Refusals without a decision's id come from callers that nothing vouches for; they are counted, not recorded one by one.
    if (refusal.decisionId === undefined) context.counted.note(refusal);
    return failure(context, refusal);
  }
}

function dispatch(
  context: BrokerContext,
  keys: RunKeyCache,
  request: TokenRequest,
  span: SpanRecorder,
): Promise<TokenSuccess> {
  const { run, assertion, delegation, workload, handle, accessToken } = TOKEN_TYPE_URIS;
  if (request.grant_type !== TOKEN_EXCHANGE_GRANT) throw malformed("grant_type is not token-exchange");
  if ((request.actor_token === undefined) !== (request.actor_token_type === undefined))
    throw malformed("actor_token and actor_token_type come together");
  if (request.subject_token_type === run && request.actor_token_type === assertion) {
    const wanted = request.requested_token_type;
    if (wanted !== undefined && wanted !== handle && wanted !== accessToken)
      throw malformed("requested_token_type of an act is a gateway handle or an access token");
    return act(context, keys, request, span);
  }
  if (request.requested_token_type !== undefined && request.requested_token_type !== run)
    throw malformed("requested_token_type of a start, a renewal or a delegation is a run token");
  // Every other exchange rests on a proof.
  requireNonce(context, request.dpop);
  if (request.subject_token_type === run && request.actor_token_type === delegation)
    return delegateRun(context, keys, request, span);
  if (request.subject_token_type === run && request.actor_token_type === workload)
    return renewRun(context, request, span);
  if (request.actor_token_type === workload) return startRun(context, request, span);
  throw malformed("these token types make no exchange");
}

function failure(context: BrokerContext, refusal: Refusal): TokenFailure {
  const { oauth, text } = REASONS[refusal.reason];
  return {
    ok: false,
    error: oauth,
    error_description: text,
    reason: refusal.reason,
    retryable: isRetryable(refusal.reason),
    ...(refusal.decisionId === undefined ? {} : { decision_id: refusal.decisionId }),
    ...(refusal.receipt === undefined ? {} : { receipt: refusal.receipt }),
    ...(refusal.retryAfterSeconds === undefined ? {} : { retry_after: refusal.retryAfterSeconds }),
    ...(refusal.reason === "proof_nonce_required" ? { dpop_nonce: currentNonce(context) } : {}),
    ...(refusal instanceof ApprovalNeeded ? approvalMembers(context, refusal) : {}),
  };
}

function approvalMembers(
  context: BrokerContext,
  { approval }: ApprovalNeeded,
): Pick<TokenFailure, "approval_id" | "approval_uri" | "interval" | "expires_in"> {
  return {
    approval_id: approval.id,
    approval_uri: approvalUrl(context.issuer, approval.id),
    interval: APPROVAL_INTERVAL_SECONDS,
    expires_in: Math.max(0, approval.expiresAt - numericDate(context.clock)),
  };
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail });
}
