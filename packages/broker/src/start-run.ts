import {
  type LedgerEntry,
  Refusal,
  type RunRecord,
  type TokenRequest,
  type TokenSuccess,
  narrow,
  newId,
  numericDate,
  splitAgentReference,
  tokenUrl,
  verifyProof,
} from "@watchword/core";
import { type DeclaredWorkload, ceilingFor } from "@watchword/policy";
import type { SpanRecorder } from "@watchword/telemetry";
import type { BrokerContext } from "./broker-context.ts";
import { spanPrincipalOf } from "./exchange-span.ts";
import { proofToken, requireStarted } from "./proof-token.ts";
import { receiptOf } from "./receipt-of.ts";
import { recordRefusal } from "./record-refusal.ts";
import { runAnswer, runToken } from "./run-claims.ts";
import { type RunDetails, readRunDetails } from "./run-details.ts";
import { RUN_TOKEN_SECONDS } from "./run-token.ts";
import { settleIdentity } from "./settle-identity.ts";
import { tenantSystems } from "./tenant-systems.ts";
import { declaredWorkload } from "./verify-workload.ts";

/**
 * The start exchange: a workload token, perhaps a user's token, and the proof of a fresh run key become a run. Tenant,
 * user and agent are settled here and never again a parameter.
 *
 * @throws Refusal with the reason; nothing was started then. Once the workload is a declared one, it is recorded before it
 *   is answered.
 */
export async function startRun(
  context: BrokerContext,
  request: TokenRequest,
  span: SpanRecorder,
): Promise<TokenSuccess> {
  const details = readRunDetails(request.authorization_details);
  const workloadToken = required(request.actor_token, "actor_token");
  const declared = await declaredWorkload(context, workloadToken);
  try {
    return await startAs(context, declared, details, request, span);
  } catch (error) {
    throw await recorded(context, declared, details, error);
  }
}

async function startAs(
  context: BrokerContext,
  declared: DeclaredWorkload,
  details: RunDetails,
  request: TokenRequest,
  span: SpanRecorder,
): Promise<TokenSuccess> {
  const now = numericDate(context.clock);
  const agent = splitAgentReference(details.agent);
  if (!declared.agents.includes(agent.id))
    throw new Refusal("agent_not_allowed", {
      detail: `workload ${declared.name} may not run ${agent.id}`,
      failedFact: "agent",
    });

  const { tenant, principal, assurance, links, tokens } = await settleIdentity(
    context,
    declared,
    details,
    request,
  );
  const systems = await tenantSystems(context, tenant);
  const proof = await verifyProof(request.dpop, { method: "POST", url: tokenUrl(context.issuer) }, now);
  const allowed = ceilingFor(context.policy, agent.id, { id: tenant, systems });
  const ceiling = details.ceiling === undefined ? allowed : narrow(allowed, details.ceiling);

  const id = newId("run", context.clock.now());
  const record: RunRecord = {
    id,
    root: id,
    ancestors: [],
    tenant,
    agent: details.agent,
    chain: [details.agent],
    workload: declared.name,
    thread: details.thread ?? id,
    principal,
    assurance,
    publicJwk: proof.publicJwk,
    ...(Object.keys(links).length === 0 ? {} : { links }),
    startedAt: now,
    expiresAt: now + RUN_TOKEN_SECONDS,
    endedAt: null,
  };
  const background = details.background ?? false;
  // Signed before the run is recorded: a run whose token nobody could use is not started.
  const token = await runToken(context, record, { ceiling, background });
  const entry: LedgerEntry = {
    kind: "run_started",
    at: context.clock.now(),
    tenant,
    body: {
      run: id,
      agent: details.agent,
      workload: declared.name,
      thread: record.thread,
      key: proof.thumbprint,
      principal_kind: principal.kind,
      assurance,
      policy_version: context.policy.version,
      isolation: context.isolation,
      expires_at: record.expiresAt,
    },
    personal: { principal: { issuer: principal.issuer, subject: principal.subject } },
  };
  requireStarted(
    await context.store.startRun(record, [...tokens, proofToken(proof)], entry),
    "the proof or the ticket was used before",
  );
  span.identified(() => spanPrincipalOf(context, record, background));
  return { ...runAnswer(context, record, token, background), ...(await receiptOf(context, entry)) };
}

/** Records the refusal and gives it the decision's id. Its tenant was not settled, so it stands under none. */
async function recorded(
  context: BrokerContext,
  declared: DeclaredWorkload,
  details: RunDetails,
  error: unknown,
): Promise<Refusal> {
  const refusal = Refusal.from(error, "internal");
  const decisionId = newId("dec", context.clock.now());
  const answered = await recordRefusal(context, refusal, {
    kind: "decision",
    at: context.clock.now(),
    tenant: null,
    decisionId,
    body: {
      outcome: "deny",
      reason: refusal.reason,
      ...(refusal.failedFact === undefined ? {} : { failed_fact: refusal.failedFact }),
      agent: details.agent,
      workload: declared.name,
      policy_version: context.policy.version,
      isolation: context.isolation,
      decided_by: "broker",
    },
    personal: { detail: refusal.message },
  });
  return answered.withDecision(decisionId);
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === "") throw malformed(`${name} is missing`);
  return value;
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail });
}
