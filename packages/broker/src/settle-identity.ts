import {
  type Assurance,
  Identifier,
  type Principal,
  Refusal,
  TOKEN_TYPE_URIS,
  type TokenRequest,
  type UsedToken,
  agentUri,
  splitAgentReference,
} from "@watchword/core";
import type { DeclaredWorkload } from "@watchword/policy";
import { linksOf } from "./approvals/link-hash.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { RunDetails } from "./run-details.ts";
import { type Vouched, verifyIdentity } from "./verify-identity.ts";
import { verifyTicket } from "./verify-ticket.ts";

/** Whom a run is for, and how that is known. Settled once, at the start, and never again a parameter. */
export interface SettledIdentity {
  readonly tenant: string;
  readonly principal: Principal;
  readonly assurance: Assurance;
  /** Keyed hashes of the user's claims by which approvers are compared. */
  readonly links: Readonly<Record<string, string>>;
  /** To be spent in the transaction that starts the run. */
  readonly tokens: readonly UsedToken[];
}

/**
 * Settles tenant and principal of a run by the workload's rule. INVARIANT: they come from a verified claim, a registered
 * starter's ticket or the workload's pin, or the run is marked as asserted; `details.tenant` can only disagree.
 *
 * @throws Refusal `tenant_mismatch`, `tenant_unknown`, `user_required`, and whatever the tokens are refused for
 */
export async function settleIdentity(
  context: BrokerContext,
  declared: DeclaredWorkload,
  details: RunDetails,
  request: TokenRequest,
): Promise<SettledIdentity> {
  const settled =
    request.subject_token_type === TOKEN_TYPE_URIS.ticket
      ? await byTicket(context, declared, details, request)
      : await byUser(context, declared, details, request);
  if (details.tenant !== undefined && details.tenant !== settled.tenant)
    throw new Refusal("tenant_mismatch", {
      detail: "the tenant asked for is not the verified one",
      failedFact: "tenant",
    });
  return settled;
}

async function byTicket(
  context: BrokerContext,
  { tenant: rule, name }: DeclaredWorkload,
  details: RunDetails,
  request: TokenRequest,
): Promise<SettledIdentity> {
  const { claims, starter, token } = await verifyTicket(context, request.subject_token);
  if (!("ticket" in rule) || !rule.ticket.includes(starter))
    throw new Refusal("token_untrusted", {
      detail: `workload ${name} takes no tickets of ${starter}`,
      failedFact: "tenant",
    });
  if (claims.agent !== splitAgentReference(details.agent).id)
    throw new Refusal("agent_not_allowed", {
      detail: `the ticket is for ${claims.agent}`,
      failedFact: "agent",
    });
  if (details.user !== undefined) throw assertedUser("the ticket says who the run is for");
  return {
    tenant: claims.tenant,
    principal:
      claims.user === undefined
        ? ofAgent(context, details)
        : { kind: "user", issuer: claims.user.issuer, subject: claims.user.subject },
    assurance: "verified",
    links: {},
    tokens: [token],
  };
}

async function byUser(
  context: BrokerContext,
  { tenant: rule, name }: DeclaredWorkload,
  details: RunDetails,
  request: TokenRequest,
): Promise<SettledIdentity> {
  const user = request.subject_token === request.actor_token ? undefined : await verifyUser(context, request);
  if ("asserted" in rule) return asserted(context, name, details, user);
  if (details.user !== undefined)
    throw assertedUser("only a workload whose tenant is asserted may assert a user");
  return {
    tenant: tenantBy(rule, user),
    principal:
      user === undefined
        ? ofAgent(context, details)
        : { kind: "user", issuer: user.issuer, subject: user.subject },
    assurance: "verified",
    links: user === undefined ? {} : linksOf(context, user.claims),
    tokens: [],
  };
}

/** Nobody but the workload vouches for the tenant, so nobody vouches for the whole; a verified user does not change that. */
function asserted(
  context: BrokerContext,
  workload: string,
  details: RunDetails,
  user: Vouched | undefined,
): SettledIdentity {
  if (details.tenant === undefined)
    throw new Refusal("tenant_unknown", {
      detail: `workload ${workload} asserts its tenant, and named none`,
      failedFact: "tenant",
    });
  if (user !== undefined && details.user !== undefined)
    throw assertedUser("a user's token and an asserted user are two");
  const said =
    details.user === undefined
      ? undefined
      : { kind: "user" as const, issuer: `urn:watchword:workload:${workload}`, subject: details.user };
  return {
    tenant: details.tenant,
    principal:
      user === undefined
        ? (said ?? ofAgent(context, details))
        : { kind: "user", issuer: user.issuer, subject: user.subject },
    assurance: "asserted",
    links: user === undefined ? {} : linksOf(context, user.claims),
    tokens: [],
  };
}

const ofAgent = (context: BrokerContext, { agent }: RunDetails): Principal => ({
  kind: "agent",
  issuer: context.issuer,
  subject: agentUri(agent),
});

async function verifyUser(context: BrokerContext, request: TokenRequest): Promise<Vouched> {
  const { idToken, jwt } = TOKEN_TYPE_URIS;
  if (request.subject_token_type !== idToken && request.subject_token_type !== jwt)
    throw new Refusal("request_malformed", { detail: "subject_token_type is not one of a user's token" });
  return verifyIdentity(context, request.subject_token, "user");
}

function tenantBy(
  rule: Exclude<DeclaredWorkload["tenant"], { readonly asserted: true }>,
  user: Vouched | undefined,
): string {
  if ("fixed" in rule) return rule.fixed;
  if ("ticket" in rule)
    throw new Refusal("tenant_unknown", {
      detail: `this workload's runs are started by a ticket of ${rule.ticket.join(" or ")}`,
      failedFact: "tenant",
    });
  return claimedTenant(rule.claim, user);
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

function assertedUser(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "user" });
}
