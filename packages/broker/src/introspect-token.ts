import {
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
      /** The broker itself for a run token, the gateway for a handle. */
      readonly aud: string;
      readonly exp: number;
      /** Of a run token. */
      readonly iat?: number;
      readonly jti: string;
      readonly token_type: "DPoP";
      readonly cnf: { readonly jkt: string };
      readonly act: ActorClaim;
      readonly tenant: string;
    };

/** What an asked token is: whose key it is bound to, whose tenant it belongs to, and what may be said of it. */
interface Known {
  readonly thumbprint: string;
  readonly tenant: string;
  readonly said: Introspection;
}

const INACTIVE: Introspection = Object.freeze({ active: false });

/**
 * Says what a run token or a gateway handle is now. Unknown, expired, used, ended and somebody else's look alike. The ceiling
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
  return lease === undefined ? findRun(context, token) : findLease(context, lease);
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
    const refusal = Refusal.from(error, "internal");
    // What is wrong with a token makes it inactive; what is wrong with the broker says nothing about the token.
    if (refusal.reason === "run_ended" || refusal.reason.startsWith("token_")) return undefined;
    throw refusal;
  }
}

async function findLease(context: BrokerContext, lease: LeaseRecord): Promise<Known | undefined> {
  const run = await context.store.run(lease.run);
  if (run === undefined || !usable(lease, run, numericDate(context.clock))) return undefined;
  const { tenant, system } = lease;
  if ((await context.store.frozen([`tenant:${tenant}`, `system:${system}`])).length > 0) return undefined;
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

/** As the gateway would find it. A run's end is its descendants' end too, so its own record tells. */
function usable(lease: LeaseRecord, run: RunRecord, now: number): boolean {
  return (
    lease.custody === "gateway" &&
    run.endedAt === null &&
    lease.revocation === null &&
    lease.uses < lease.maxUses &&
    lease.expiresAt > now
  );
}
