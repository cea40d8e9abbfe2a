import {
  ACCESS_SECONDS,
  AUTHORIZATION_DETAILS_TYPES,
  type AccessClaims,
  type AdapterContext,
  CLAIMS,
  Refusal,
  SealedCredential,
  TOKEN_TYPES,
  accessIssuer,
  digestOf,
  numericDate,
  signToken,
} from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";
import type { MintPermit } from "./authorize-mint.ts";
import type { BrokerContext } from "./broker-context.ts";
import { effectKey } from "./effect-key.ts";
import { leaseEnd } from "./lease-end.ts";
import { actorClaim } from "./run-claims.ts";

/**
 * The way for an adapter with an audience to the one access token of a mint; `undefined` for every other adapter.
 *
 * INVARIANT: what the token says comes from the permit's authority and the verified run. An adapter says how long it lives at
 * most, and nothing else.
 */
export function accessTokenFor(
  context: BrokerContext,
  allowed: AllowedAction,
  permit: MintPermit,
): AdapterContext["accessToken"] {
  const { audience } = allowed.decided.adapter;
  if (audience === undefined) return undefined;
  // INVARIANT: the broker is nobody's service. A token for it would be one of its own at its own door.
  if ([context.issuer, accessIssuer(context.issuer), context.gateway].includes(audience))
    throw new Refusal("configuration_invalid", {
      detail: "an audience of access tokens is the broker's own name",
    });
  let made = false;
  return async (lifeSeconds) => {
    if (made) throw new Refusal("internal", { detail: "a permit is for one access token" });
    made = true;
    const claims = claimsOf(context, allowed, permit, { audience, lifeSeconds });
    return new SealedCredential(await signToken(context.keys.access.signer, TOKEN_TYPES.access, claims));
  };
}

function claimsOf(
  context: BrokerContext,
  allowed: AllowedAction,
  { authority, decisionId }: MintPermit,
  { audience, lifeSeconds }: { readonly audience: string; readonly lifeSeconds: number },
): AccessClaims {
  if (!Number.isInteger(lifeSeconds) || lifeSeconds < 1 || lifeSeconds > ACCESS_SECONDS)
    throw new Refusal("configuration_invalid", {
      detail: `an access token lives 1 to ${ACCESS_SECONDS} whole seconds`,
    });
  const { assertion, decision } = allowed.decided;
  const { record, claims } = assertion.run;
  const now = numericDate(context.clock);
  return {
    iss: accessIssuer(context.issuer),
    aud: audience,
    sub: record.principal.subject,
    act: actorClaim(record.chain),
    client_id: record.workload,
    iat: now,
    exp: Math.min(now + lifeSeconds, leaseEnd(context, allowed)),
    jti: allowed.leaseId,
    tenant: record.tenant,
    // INVARIANT: a token that leaves is worth nothing without the run's key. One that stays in the gateway has no such key there.
    ...(allowed.permission.custody === "released" ? { cnf: { jkt: claims.cnf.jkt } } : {}),
    authorization_details: [
      {
        type: AUTHORIZATION_DETAILS_TYPES.action,
        locations: [audience],
        actions: [authority.operation],
        access: authority.access,
        resource: { ...authority.resource },
        arguments_digest: digestOf(authority.arguments),
      },
    ],
    [CLAIMS.decision]: {
      id: decisionId,
      run: record.id,
      principal: { kind: record.principal.kind, issuer: record.principal.issuer },
      action_digest: assertion.actionDigest,
      idempotency_key: effectKey(allowed),
      policy_version: decision.policyVersion,
    },
  };
}
