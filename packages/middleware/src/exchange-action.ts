import { type Action, type TokenAnswer, actionDigest } from "@watchword/core";
import { type SpanRecorder, withTokenExchangeSpan } from "@watchword/telemetry";
import { type AssertedCall, assertAction } from "./assert-action.ts";
import type { RunSession } from "./run-session.ts";

/** Asks the broker about one action, and says on both spans what it decided. */
export function exchangeAction(
  session: RunSession,
  action: Action,
  call: AssertedCall,
  tool: SpanRecorder,
): Promise<TokenAnswer> {
  const { broker } = session;
  return withTokenExchangeSpan(
    { exchange: "act", serverAddress: new URL(broker.issuer).hostname },
    async (exchange) => {
      const answer = await broker.token(await assertAction(session, action, call));
      for (const span of [tool, exchange]) say(span, action, answer);
      return answer;
    },
  );
}

function say(span: SpanRecorder, action: Action, answer: TokenAnswer): void {
  const about = {
    actionDigest: actionDigest(action),
    system: action.system,
    operation: action.operation,
  };
  if (!answer.ok) {
    const { reason, decision_id: decisionId } = answer;
    span.decided({
      ...about,
      ...(decisionId === undefined ? {} : { decisionId }),
      outcome: reason === "approval_required" ? reason : "deny",
      reason,
      approval: reason === "approval_required" || reason === "approval_pending" ? "pending" : "none",
    });
    if (reason !== "approval_required") span.failed(reason);
    return;
  }
  const { lease } = answer;
  if (lease === undefined) return;
  const { policy_version: policyVersion, approval, evidence } = lease.decision;
  span.decided({
    ...about,
    decisionId: lease.decision_id,
    outcome: "allow",
    policyVersion,
    approval,
    evidence,
  });
  const { kind, fingerprint, expires_at: expiresAt, lease_expires_at: leaseExpiresAt } = lease.credential;
  span.issued({
    kind,
    fingerprint,
    audience: action.system,
    scope: [`${action.system}/${action.operation}`],
    ...(expiresAt === undefined ? {} : { expiresAt }),
    leaseId: lease.lease_id,
    leaseExpiresAt,
    custody: lease.custody,
  });
}
