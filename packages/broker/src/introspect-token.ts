import {
  type AccessClaims,
  type ActorClaim,
  type LeaseRecord,
  Refusal,
  type RunRecord,
  introspectionUrl,
  numericDate,
  sha256,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { actorClaim } from "./run-claims.ts";
import { checkRunning, verifyRun } from "./run-token.ts";
import { isAccessToken, verifyAccessToken } from "./verify-access-token.ts";
import { verifyHolder, verifyIntrospector } from "./verify-caller.ts";

/** A token, and who asks: its holder by a proof made for it, or a declared workload by its own token. */
export type IntrospectionRequest =
  | { readonly token: string; readonly proof: string }
  | { readonly token: string; readonly workload: string };

/** RFC 7662 section 2.2. An inactive token says nothing else, whatever the reason. */
export type Introspection =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly iss: string;
      /** The principal. */
      readonly sub: string;
      /** The broker itself for a run token, the gateway for a handle, the service for an access token. */
      readonly aud: string;
      readonly exp: number;
      /** Not of a handle. */
      readonly iat?: number;
      readonly jti: string;
      /** `Bearer` of an access token that stays in the gateway. */
      readonly token_type: "DPoP" | "Bearer";
      readonly cnf?: { readonly jkt: string };
      readonly act: ActorClaim;
      readonly tenant: string;
      /** Of an access token: the workload that runs the agent. */
      readonly client_id?: string;
      /** Of an access token: the action that it is for. */
      readonly authorization_details?: AccessClaims["authorization_details"];
    };

/** What an asked token is: whose key it is bound to, whose tenant it belongs to, and what may be said of it. */
interface Known {
  /** `undefined`: it is bound to no key, so nobody can hold it. */
  readonly thumbprint: string | undefined;
  readonly tenant: string;
  readonly said: Introspection;
}

const INACTIVE: Introspection = Object.freeze({ active: false });

/**
 * Says what a run token, a gateway handle or an access token is now. Unknown, expired, used, ended and somebody else's look alike. The ceiling
 * of a run is nobody's to read but its holder's, who has it in the token.
 *
 * @throws Refusal `caller_unknown`, counted
 */
export async function introspectToken(
  context: BrokerContext,
  request: IntrospectionRequest,
): Promise<Introspection> {
  const sees = await viewOf(context, request);
  const known = await find(context, request.token);
  return known !== undefined && sees(known) ? known.said : INACTIVE;
}

/** Which tokens a caller may hear about. */
async function viewOf(
  context: BrokerContext,
  request: IntrospectionRequest,
): Promise<(known: Known) => boolean> {
  try {
    if ("workload" in request) {
      const { tenant } = await verifyIntrospector(context, request.workload);
      // INVARIANT: a workload of one tenant hears nothing of another's tokens.
      return (known) => !("fixed" in tenant) || tenant.fixed === known.tenant;
    }
    const url = introspectionUrl(context.issuer);
    const { thumbprint } = await verifyHolder(context, url, request);
    return (known) => known.thumbprint === thumbprint;
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

async function find(context: BrokerContext, token: string): Promise<Known | undefined> {
  const lease = await context.store.leaseByHandle(sha256(token));
  if (lease !== undefined) return findLease(context, lease);
  return isAccessToken(token) ? findAccess(context, token) : findRun(context, token);
}

async function findAccess(context: BrokerContext, token: string): Promise<Known | undefined> {
  try {
    const { claims, lease } = await verifyAccessToken(context, token);
    if (!(await isAlive(context, lease))) return undefined;
    const { iss, sub, aud, exp, iat, jti, cnf, act, tenant, client_id, authorization_details } = claims;
    const said = {
      active: true,
      iss,
      sub,
      aud,
      exp,
      iat,
      jti,
      act,
      tenant,
      client_id,
      authorization_details,
    };
    return {
      thumbprint: cnf?.jkt,
      tenant,
      said: { ...said, ...(cnf === undefined ? { token_type: "Bearer" } : { token_type: "DPoP", cnf }) },
    };
  } catch (error) {
    return inactive(error);
  }
}

async function findRun(context: BrokerContext, token: string): Promise<Known | undefined> {
  try {
    const run = await verifyRun(context, token);
    checkRunning(run);
    const { iss, sub, aud, exp, iat, jti, cnf, act, tenant } = run.claims;
    return {
      thumbprint: cnf.jkt,
      tenant,
      said: { active: true, iss, sub, aud, exp, iat, jti, token_type: "DPoP", cnf, act, tenant },
    };
  } catch (error) {
    return inactive(error);
  }
}

/** What is wrong with a token makes it inactive; what is wrong with the broker says nothing about the token. */
function inactive(error: unknown): undefined {
  const refusal = Refusal.from(error, "internal");
  if (["run_ended", "lease_unknown"].includes(refusal.reason) || refusal.reason.startsWith("token_")) return;
  throw refusal;
}

async function findLease(context: BrokerContext, lease: LeaseRecord): Promise<Known | undefined> {
  const run = await context.store.run(lease.run);
  if (run === undefined || !usable(lease) || !(await isAlive(context, lease, run))) return undefined;
  const { tenant } = lease;
  return {
    thumbprint: lease.thumbprint,
    tenant,
    said: {
      active: true,
      iss: context.issuer,
      sub: run.principal.subject,
      aud: context.gateway,
      exp: lease.expiresAt,
      jti: lease.id,
      token_type: "DPoP",
      cnf: { jkt: lease.thumbprint },
      act: actorClaim(run.chain),
      tenant,
    },
  };
}

/** As the gateway would find it. */
function usable(lease: LeaseRecord): boolean {
  return lease.custody === "gateway" && lease.uses < lease.maxUses;
}

/** A run's end is its descendants' end too, so its own record tells. */
async function isAlive(context: BrokerContext, lease: LeaseRecord, known?: RunRecord): Promise<boolean> {
  const run = known ?? (await context.store.run(lease.run));
  if (run === undefined || run.endedAt !== null) return false;
  if (lease.revocation !== null || lease.expiresAt <= numericDate(context.clock)) return false;
  return (await context.store.frozen([`tenant:${lease.tenant}`, `system:${lease.system}`])).length === 0;
}
