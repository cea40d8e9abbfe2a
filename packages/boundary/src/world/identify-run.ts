import { TOKEN_TYPES, numericDate, randomToken, signToken, starterUri } from "@watchword/core";
import { linkClaims } from "@watchword/policy";
import type { StageSet } from "./same-process-stage.ts";
import type { IssuedTokens, Stage } from "./stage.ts";

/** Subject of the user on whose behalf runs are started. */
export const USER = "boundary-user";

/**
 * What a runtime of the workload has in hand when it starts a run.
 *
 * @throws Error when its runs are started by a ticket, and nobody gave the starter's key
 */
export async function identifyRun(
  set: StageSet,
  { workload, agent, tenant, user }: Parameters<Stage["identify"]>[0],
): Promise<IssuedTokens> {
  const { document } = set.policy;
  const name = workload ?? workloadFor(set, agent);
  const workloadToken = await set.issuers.workloadToken(name);
  const rule = Object.hasOwn(document.workloads, name) ? document.workloads[name]?.tenant : undefined;
  if (rule !== undefined && "ticket" in rule)
    return { workloadToken, ...(await ticketFor(set, rule.ticket, agent, tenant)), tenant: null };
  const asked = rule !== undefined && "claim" in rule && user !== "other-tenant" ? null : tenant;
  if (user === "none") return { workloadToken, subjectToken: null, subjectKind: "user", tenant: asked };
  const whose = user === "other-tenant" ? otherThan(set, tenant) : tenant;
  const claims: Record<string, unknown> = {
    ...Object.fromEntries([...linkClaims(set.policy)].map((claim) => [claim, `${USER}@${claim}`])),
    ...Object.fromEntries(tenantClaims(set).map((claim) => [claim, whose])),
  };
  const subjectToken = await set.issuers.personToken({
    issuer: set.issuers.users,
    subject: USER,
    claims,
  });
  return { workloadToken, subjectToken, subjectKind: "user", tenant: asked };
}

/** The first declared workload that may run the agent; of an agent that none may run, the first one. */
function workloadFor({ policy }: Pick<StageSet, "policy">, agent: string): string {
  const workloads = Object.entries(policy.document.workloads);
  return (workloads.find(([, { agents }]) => agents.includes(agent)) ?? workloads[0])?.[0] ?? "none";
}

async function ticketFor(
  set: StageSet,
  starters: readonly string[],
  agent: string,
  tenant: string,
): Promise<Pick<IssuedTokens, "subjectToken" | "subjectKind">> {
  const starter = starters.find((name) => Object.hasOwn(set.starters, name));
  const key = starter === undefined ? undefined : set.starters[starter];
  if (starter === undefined || key === undefined)
    throw new Error(
      `runs are started by a ticket of ${starters.join(" or ")}, whose key the harness does not hold; declare a key of your own in the policy under test and hand it in as starters: { ${starters[0] ?? ""}: signer }`,
    );
  const now = numericDate(set.clock);
  const ticket = await signToken(key, TOKEN_TYPES.ticket, {
    iss: starterUri(starter),
    aud: set.issuer,
    iat: now,
    exp: now + 60,
    jti: randomToken(16),
    tenant,
    agent,
    user: { issuer: set.issuers.users, subject: USER },
    trigger: "a boundary test",
  });
  return { subjectToken: ticket, subjectKind: "ticket" };
}

function otherThan({ tenants }: StageSet, tenant: string): string {
  return tenant === tenants.other ? tenants.own : tenants.other;
}

function tenantClaims({ policy }: StageSet): string[] {
  return Object.values(policy.document.workloads).flatMap(({ tenant }) =>
    "claim" in tenant ? [tenant.claim] : [],
  );
}
