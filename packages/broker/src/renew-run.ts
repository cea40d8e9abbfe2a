import {
  CLAIMS,
  type LedgerEntry,
  Refusal,
  type RunRecord,
  type TokenRequest,
  type TokenSuccess,
  intersect,
  newId,
  numericDate,
  splitAgentReference,
  tokenUrl,
  verifyProof,
} from "@watchword/core";
import { ceilingFor } from "@watchword/policy";
import type { SpanRecorder } from "@watchword/telemetry";
import type { BrokerContext } from "./broker-context.ts";
import { spanPrincipalOf } from "./exchange-span.ts";
import { proofToken, requireStarted } from "./proof-token.ts";
import { receiptOf } from "./receipt-of.ts";
import { recordRefusal } from "./record-refusal.ts";
import { runAnswer, runToken } from "./run-claims.ts";
import { RUN_TOKEN_SECONDS, type VerifiedRun, checkRunning, verifyRun } from "./run-token.ts";
import { tenantSystems } from "./tenant-systems.ts";
import { declaredWorkload } from "./verify-workload.ts";

/**
 * Renews a run by its heartbeat: the run key, and a fresh token of the same workload. Everything is looked at by the
 * policy as it is now, the ceiling only ever narrows, and the session's end does not move. A child is not renewed: its
 * parent delegates again.
 *
 * @throws Refusal with the reason and the decision's id
 */
export async function renewRun(
  context: BrokerContext,
  request: TokenRequest,
  span: SpanRecorder,
): Promise<TokenSuccess> {
  const run = await verifyRun(context, request.subject_token);
  span.identified(() => spanPrincipalOf(context, run.record, run.claims[CLAIMS.run].background));
  const decisionId = newId("dec", context.clock.now());
  try {
    checkRunning(run);
    return await renew(context, run, request, decisionId);
  } catch (error) {
    throw await recorded(context, run, decisionId, error);
  }
}

async function renew(
  context: BrokerContext,
  { record, claims }: VerifiedRun,
  request: TokenRequest,
  decisionId: string,
): Promise<TokenSuccess> {
  const now = numericDate(context.clock);
  if (record.ancestors.length > 0)
    throw new Refusal("capability_exceeded", {
      detail: "a child's run is not renewed; its parent delegates again",
      failedFact: "delegation",
    });
  const agent = splitAgentReference(record.agent).id;
  const workload = await declaredWorkload(context, request.actor_token ?? "");
  if (workload.name !== record.workload || !workload.agents.includes(agent))
    throw new Refusal("agent_not_allowed", {
      detail: `workload ${workload.name} may not go on with a run of ${record.workload}`,
      failedFact: "agent",
    });
  const proof = await verifyProof(request.dpop, { method: "POST", url: tokenUrl(context.issuer) }, now);
  if (proof.thumbprint !== claims.cnf.jkt)
    throw new Refusal("proof_invalid", {
      detail: "the proof was made with another key than the run's",
      failedFact: "token",
    });
  const ends = record.startedAt + Math.min(context.maxSessionSeconds, workload.maxSessionSeconds ?? Infinity);
  if (ends <= now)
    throw new Refusal("run_ended", { detail: "the session has lasted as long as it may", failedFact: "run" });

  const systems = await tenantSystems(context, record.tenant);
  // INVARIANT: never wider than it was, and never wider than the policy is now.
  const ceiling = intersect(
    claims[CLAIMS.ceiling],
    ceilingFor(context.policy, agent, { id: record.tenant, systems }),
  );
  const renewed: RunRecord = { ...record, expiresAt: Math.min(now + RUN_TOKEN_SECONDS, ends) };
  const { background } = claims[CLAIMS.run];
  const token = await runToken(context, renewed, { ceiling, background });
  const entry: LedgerEntry = {
    kind: "run_renewed",
    at: context.clock.now(),
    tenant: record.tenant,
    decisionId,
    body: {
      run: record.id,
      agent: record.agent,
      workload: workload.name,
      policy_version: context.policy.version,
      expires_at: renewed.expiresAt,
    },
  };
  requireStarted(
    await context.store.renewRun(record.id, renewed.expiresAt, [proofToken(proof)], entry),
    "the proof was used before",
  );
  return { ...runAnswer(context, renewed, token, background), ...(await receiptOf(context, entry)) };
}

async function recorded(
  context: BrokerContext,
  { record }: VerifiedRun,
  decisionId: string,
  error: unknown,
): Promise<Refusal> {
  const refusal = Refusal.from(error, "internal");
  const entry: LedgerEntry = {
    kind: "decision",
    at: context.clock.now(),
    tenant: record.tenant,
    decisionId,
    body: {
      outcome: "deny",
      reason: refusal.reason,
      ...(refusal.failedFact === undefined ? {} : { failed_fact: refusal.failedFact }),
      exchange: "renew",
      agent: record.agent,
      run: record.id,
      root: record.root,
      workload: record.workload,
      policy_version: context.policy.version,
      isolation: context.isolation,
      decided_by: "broker",
    },
    personal: { detail: refusal.message },
  };
  return (await recordRefusal(context, refusal, entry)).withDecision(decisionId);
}
