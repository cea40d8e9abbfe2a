import {
  CLAIMS,
  type LedgerEntry,
  Refusal,
  type RunRecord,
  type TokenRequest,
  type TokenSuccess,
  newId,
  numericDate,
  splitAgentReference,
  tokenUrl,
  verifyProof,
} from "@watchword/core";
import { type CompiledDelegation, delegatedCeiling, delegationRule } from "@watchword/policy";
import type { SpanRecorder } from "@watchword/telemetry";
import type { BrokerContext } from "./broker-context.ts";
import { spanPrincipalOf } from "./exchange-span.ts";
import { proofToken, requireStarted } from "./proof-token.ts";
import { receiptOf } from "./receipt-of.ts";
import { recordRefusal } from "./record-refusal.ts";
import { runAnswer, runToken } from "./run-claims.ts";
import { type VerifiedRun, checkRunning, verifyRun } from "./run-token.ts";
import { tenantSystems } from "./tenant-systems.ts";
import type { RunKeyCache } from "./verify-assertion.ts";
import { type VerifiedDelegation, verifyDelegation } from "./verify-delegation.ts";

/**
 * The delegate exchange: a run and its own signed statement become a child's run. The child has another key, the same
 * tenant, user and thread, strictly less to ask for, a shorter life, and one more link in its chain; it ends with its
 * parent.
 *
 * @throws Refusal with the reason and the decision's id; nothing was started then
 */
export async function delegateRun(
  context: BrokerContext,
  keys: RunKeyCache,
  request: TokenRequest,
  span: SpanRecorder,
): Promise<TokenSuccess> {
  const parent = await verifyRun(context, request.subject_token);
  span.identified(() => spanPrincipalOf(context, parent.record, parent.claims[CLAIMS.run].background));
  const decisionId = newId("dec", context.clock.now());
  let delegation: VerifiedDelegation | undefined;
  try {
    checkRunning(parent);
    delegation = await verifyDelegation(context, keys, parent, request.actor_token ?? "");
    return await startChild(context, delegation, request, decisionId);
  } catch (error) {
    throw await recorded(context, parent, decisionId, error, delegation);
  }
}

async function startChild(
  context: BrokerContext,
  delegation: VerifiedDelegation,
  request: TokenRequest,
  decisionId: string,
): Promise<TokenSuccess> {
  const { parent, agent } = delegation;
  const now = numericDate(context.clock);
  const proof = await verifyProof(request.dpop, { method: "POST", url: tokenUrl(context.issuer) }, now);
  // INVARIANT: the child itself holds the key that the parent names; a parent cannot start a run for a stranger's key.
  if (proof.thumbprint !== delegation.childThumbprint)
    throw new Refusal("proof_invalid", {
      detail: "the proof was made with another key than the child's",
      failedFact: "token",
    });
  const rule = ruleFor(context, parent, agent);
  const { record, claims } = parent;
  const ceiling = delegatedCeiling(context.policy, {
    rule,
    child: splitAgentReference(agent).id,
    tenant: { id: record.tenant, systems: await tenantSystems(context, record.tenant) },
    parent: claims[CLAIMS.ceiling],
    wanted: delegation.wanted,
  });
  const child: RunRecord = {
    ...record,
    id: newId("run", context.clock.now()),
    agent,
    ancestors: [...record.ancestors, record.id],
    chain: [...record.chain, agent],
    publicJwk: proof.publicJwk,
    startedAt: now,
    expiresAt: Math.min(claims.exp, now + rule.ttlSeconds, now + (delegation.lifetimeSeconds ?? Infinity)),
    endedAt: null,
  };
  const { background } = claims[CLAIMS.run];
  const token = await runToken(context, child, { ceiling, background });
  const entry: LedgerEntry = {
    kind: "run_started",
    at: context.clock.now(),
    tenant: child.tenant,
    decisionId,
    body: {
      run: child.id,
      root: child.root,
      parent: record.id,
      depth: child.ancestors.length,
      chain: child.chain,
      agent,
      workload: child.workload,
      thread: child.thread,
      key: proof.thumbprint,
      principal_kind: child.principal.kind,
      policy_version: context.policy.version,
      isolation: context.isolation,
      expires_at: child.expiresAt,
    },
    personal: { principal: { issuer: child.principal.issuer, subject: child.principal.subject } },
  };
  requireStarted(
    await context.store.startRun(child, [delegation.token, proofToken(proof)], entry),
    "the delegation or its proof was used before",
  );
  return { ...runAnswer(context, child, token, background), ...(await receiptOf(context, entry)) };
}

/** Who may start whom, by the policy as it is now and by the workload that both run in. */
function ruleFor(context: BrokerContext, { record }: VerifiedRun, agent: string): CompiledDelegation {
  const child = splitAgentReference(agent).id;
  const parent = splitAgentReference(record.agent).id;
  if (context.policy.document.workloads[record.workload]?.agents.includes(child) !== true)
    throw new Refusal("agent_not_allowed", {
      detail: `workload ${record.workload} may not run ${child}`,
      failedFact: "agent",
    });
  const rule = delegationRule(context.policy, parent, child);
  if (rule === undefined)
    throw new Refusal("not_granted", {
      detail: `no delegation rule from ${parent} to ${child}`,
      failedFact: "delegation",
    });
  if (record.ancestors.length + 1 > rule.depth)
    throw new Refusal("capability_exceeded", {
      detail: `${child} would be at depth ${record.ancestors.length + 1}; the rule allows ${rule.depth}`,
      failedFact: "delegation",
    });
  return rule;
}

async function recorded(
  context: BrokerContext,
  { record }: VerifiedRun,
  decisionId: string,
  error: unknown,
  delegation: VerifiedDelegation | undefined,
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
      exchange: "delegate",
      agent: record.agent,
      run: record.id,
      root: record.root,
      thread: record.thread,
      workload: record.workload,
      ...(delegation === undefined ? {} : { child: delegation.agent }),
      policy_version: context.policy.version,
      isolation: context.isolation,
      decided_by: "broker",
    },
    personal: { detail: refusal.message },
  };
  const answered = await recordRefusal(context, refusal, entry, delegation?.token);
  return answered.withDecision(decisionId);
}
