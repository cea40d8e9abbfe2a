import {
  type EvidenceState,
  Refusal,
  type RunRecord,
  TOKEN_TYPE_URIS,
  type TokenRequest,
  type TokenSuccess,
  splitAgentReference,
} from "@watchword/core";
import type { ExchangeKind, SpanDecision, SpanPrincipal, SpanRecorder } from "@watchword/telemetry";
import type { BrokerContext } from "./broker-context.ts";
import type { DecidedAction } from "./decide-action.ts";
import type { VerifiedAssertion } from "./verify-assertion.ts";

/** Which exchange a request asks for, by its token types alone; for the span's name and nothing else. */
export function exchangeKind({ subject_token_type, actor_token_type }: TokenRequest): ExchangeKind {
  const { run, assertion, delegation } = TOKEN_TYPE_URIS;
  if (actor_token_type === assertion) return "act";
  if (actor_token_type === delegation) return "delegate";
  return subject_token_type === run ? "renew" : "start";
}

/** Keyed hash of who a run is for, the same in every run of the tenant. */
export function principalHash(context: BrokerContext, { tenant, principal }: RunRecord): string {
  return context.keys.pseudonym(JSON.stringify([tenant, principal.issuer, principal.subject]));
}

/** What the exchange's span says of a verified run. */
export function spanPrincipalOf(
  context: BrokerContext,
  record: RunRecord,
  background: boolean,
): SpanPrincipal {
  const parent = record.ancestors.at(-1);
  return {
    agent: record.agent,
    run: record.id,
    root: record.root,
    ...(parent === undefined ? {} : { parent }),
    tenant: record.tenant,
    thread: record.thread,
    principalKind: record.principal.kind,
    userHash: principalHash(context, record),
    depth: record.ancestors.length,
    chain: record.chain.map((reference) => splitAgentReference(reference).id),
    background,
  };
}

/** Says an allowed action and its credential on the exchange's span. */
export function sayAllowed(span: SpanRecorder, assertion: VerifiedAssertion, { lease }: TokenSuccess): void {
  if (lease === undefined) return;
  const { policy_version: policyVersion, approval, evidence } = lease.decision;
  span.decided({
    ...about(assertion),
    decisionId: lease.decision_id,
    outcome: "allow",
    policyVersion,
    approval,
    evidence,
  });
  const { system, operation } = assertion.action;
  const { kind, fingerprint, expires_at: expiresAt, lease_expires_at: leaseExpiresAt } = lease.credential;
  span.issued({
    kind,
    fingerprint,
    audience: system,
    scope: [`${system}/${operation}`],
    ...(expiresAt === undefined ? {} : { expiresAt }),
    leaseId: lease.lease_id,
    leaseExpiresAt,
    custody: lease.custody,
  });
}

/** Says a refusal on the exchange's span, with whatever was known by then. */
export function sayRefused(
  span: SpanRecorder,
  context: BrokerContext,
  refusal: Refusal,
  known: { readonly assertion?: VerifiedAssertion; readonly decided?: DecidedAction } = {},
): void {
  const { reason, decisionId } = refusal;
  const state = evidenceState(known.decided);
  span.decided({
    ...(known.assertion === undefined ? {} : about(known.assertion)),
    ...(decisionId === undefined ? {} : { decisionId }),
    outcome: reason === "approval_required" ? reason : "deny",
    reason,
    policyVersion: context.policy.version,
    ...(reason.startsWith("approval_") ? { approval: "pending" } : {}),
    ...(state === undefined ? {} : { evidence: state }),
  });
  if (reason !== "approval_required") span.failed(reason);
}

function about({
  action,
  actionDigest,
}: VerifiedAssertion): Pick<SpanDecision, "actionDigest" | "system" | "operation"> {
  return { actionDigest, system: action.system, operation: action.operation };
}

/** Of several sources the one that is not green says most. */
function evidenceState(decided: DecidedAction | undefined): EvidenceState | undefined {
  const states = Object.values(decided?.evidence ?? {}).map(({ state }) => state);
  return states.find((state) => state !== "pass") ?? states[0];
}
