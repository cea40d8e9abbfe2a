import { z } from "zod";
import {
  AUTHORIZATION_DETAILS_TYPES,
  AgentReference,
  Ceiling,
  Identifier,
  type Principal,
  Refusal,
  type RunRecord,
  TOKEN_TYPE_URIS,
  type TokenRequest,
  type TokenSuccess,
  agentUri,
  issuePaths,
  narrow,
  newId,
  numericDate,
  parseStrictJson,
  splitAgentReference,
  tokenUrl,
  verifyProof,
} from "@watchword/core";
import { type DeclaredWorkload, ceilingFor } from "@watchword/policy";
import type { SpanRecorder } from "@watchword/telemetry";
import type { BrokerContext } from "./broker-context.ts";
import { spanPrincipalOf } from "./exchange-span.ts";
import { proofToken, requireStarted } from "./proof-token.ts";
import { recordRefusal } from "./record-refusal.ts";
import { runAnswer, runToken } from "./run-claims.ts";
import { RUN_TOKEN_SECONDS } from "./run-token.ts";
import { tenantSystems } from "./tenant-systems.ts";
import { type Vouched, verifyIdentity } from "./verify-identity.ts";
import { declaredWorkload } from "./verify-workload.ts";

const RunDetails = z.tuple([
  z.strictObject({
    type: z.literal(AUTHORIZATION_DETAILS_TYPES.run),
    agent: AgentReference,
    thread: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,128}$/)
      .optional(),
    background: z.boolean().optional(),
    ceiling: Ceiling.optional(),
    tenant: Identifier.optional(),
  }),
]);
type RunDetails = z.infer<typeof RunDetails>[0];

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
  const details = readDetails(request.authorization_details);
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

  const user = request.subject_token === request.actor_token ? undefined : await verifyUser(context, request);
  const tenant = tenantOf(declared.tenant, user, details);
  const systems = await tenantSystems(context, tenant);
  const proof = await verifyProof(request.dpop, { method: "POST", url: tokenUrl(context.issuer) }, now);
  const allowed = ceilingFor(context.policy, agent.id, { id: tenant, systems });
  const ceiling = details.ceiling === undefined ? allowed : narrow(allowed, details.ceiling);

  const id = newId("run", context.clock.now());
  const principal: Principal =
    user === undefined
      ? { kind: "agent", issuer: context.issuer, subject: agentUri(details.agent) }
      : { kind: "user", issuer: user.issuer, subject: user.subject };
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
    publicJwk: proof.publicJwk,
    startedAt: now,
    expiresAt: now + RUN_TOKEN_SECONDS,
    endedAt: null,
  };
  const background = details.background ?? false;
  // Signed before the run is recorded: a run whose token nobody could use is not started.
  const token = await runToken(context, record, { ceiling, background });
  requireStarted(
    await context.store.startRun(record, [proofToken(proof)], {
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
        policy_version: context.policy.version,
        isolation: context.isolation,
        expires_at: record.expiresAt,
      },
      personal: { principal: { issuer: principal.issuer, subject: principal.subject } },
    }),
    "the proof was used before",
  );
  span.identified(spanPrincipalOf(context, record, background));
  return runAnswer(context, record, token, background);
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

async function verifyUser(context: BrokerContext, request: TokenRequest): Promise<Vouched> {
  const { idToken, jwt } = TOKEN_TYPE_URIS;
  if (request.subject_token_type !== idToken && request.subject_token_type !== jwt)
    throw malformed("subject_token_type is not one of a user's token");
  return verifyIdentity(context, request.subject_token, "user");
}

/** INVARIANT: the tenant comes from a verified claim or from the workload's pin. `details.tenant` can only disagree. */
function tenantOf(
  rule: { readonly claim: string } | { readonly fixed: string },
  user: Vouched | undefined,
  details: RunDetails,
): string {
  const tenant = "fixed" in rule ? rule.fixed : claimedTenant(rule.claim, user);
  if (details.tenant !== undefined && details.tenant !== tenant)
    throw new Refusal("tenant_mismatch", {
      detail: "the tenant asked for is not the verified one",
      failedFact: "tenant",
    });
  return tenant;
}

function claimedTenant(claim: string, user: Vouched | undefined): string {
  if (user === undefined)
    throw new Refusal("user_required", {
      detail: `this workload's tenant comes from the user's claim ${claim}`,
      failedFact: "user",
    });
  const value = Object.hasOwn(user.claims, claim) ? user.claims[claim] : undefined;
  const parsed = Identifier.safeParse(value);
  if (!parsed.success)
    throw new Refusal("tenant_unknown", {
      detail: `the user's claim ${claim} names no tenant`,
      failedFact: "tenant",
    });
  return parsed.data;
}

function readDetails(text: string | undefined): RunDetails {
  let value: unknown;
  try {
    value = parseStrictJson(required(text, "authorization_details"));
  } catch (error) {
    if (Refusal.is(error)) throw error;
    throw malformed("authorization_details is not strict JSON");
  }
  const parsed = RunDetails.safeParse(value);
  if (!parsed.success) throw malformed(`authorization_details rejected at ${issuePaths(parsed.error)}`);
  return parsed.data[0];
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === "") throw malformed(`${name} is missing`);
  return value;
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail });
}
