import {
  ASSERTION_SECONDS,
  CLAIMS,
  type Ceiling,
  DelegationClaims,
  Refusal,
  TOKEN_TYPES,
  type UsedToken,
  agentUri,
  checkTimes,
  numericDate,
  parseClaims,
  runUri,
  verifySignedToken,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import type { VerifiedRun } from "./run-token.ts";
import { type RunKeyCache, runKey } from "./verify-assertion.ts";

/** What a run's own key signed about a child of it. Only {@link verifyDelegation} makes one. */
export interface VerifiedDelegation {
  readonly parent: VerifiedRun;
  /** `refund-lookup@1` */
  readonly agent: string;
  readonly childThumbprint: string;
  readonly wanted: Ceiling | undefined;
  readonly lifetimeSeconds: number | undefined;
  /** To be spent in the transaction that starts the child. */
  readonly token: UsedToken;
}

/**
 * Verifies `agent-delegation+jwt` with the key that the broker stored when the parent started.
 *
 * @throws Refusal `token_…`
 */
export async function verifyDelegation(
  context: BrokerContext,
  keys: RunKeyCache,
  parent: VerifiedRun,
  token: string,
): Promise<VerifiedDelegation> {
  const key = await runKey(keys, parent.record.publicJwk);
  const claims = parseClaims(
    DelegationClaims,
    // It holds a ceiling, so it may be as long as a run token.
    await verifySignedToken(token, { typ: TOKEN_TYPES.delegation, maxBytes: 65_536, key: () => key }),
  );
  if (claims.iss !== runUri(parent.record.id)) throw untrusted("the delegation is of another run");
  if (claims.sub !== agentUri(parent.record.agent)) throw untrusted("the delegation is of another agent");
  if (claims.aud !== context.issuer)
    throw new Refusal("token_wrong_audience", {
      detail: "the delegation is for another broker",
      failedFact: "token",
    });
  checkTimes(claims, numericDate(context.clock), ASSERTION_SECONDS);
  if (claims.ath !== parent.tokenDigest) throw untrusted("the delegation was made beside another run token");
  // INVARIANT: a child with its parent's key would be its parent to the gateway.
  if (claims.cnf.jkt === parent.claims.cnf.jkt) throw untrusted("the child has no key of its own");
  return {
    parent,
    agent: claims.child.agent,
    childThumbprint: claims.cnf.jkt,
    wanted: claims[CLAIMS.ceiling],
    lifetimeSeconds: claims.child.lifetime_seconds,
    token: { issuer: claims.iss, jti: claims.jti, expiresAt: claims.exp },
  };
}

function untrusted(detail: string): Refusal {
  return new Refusal("token_untrusted", { detail, failedFact: "token" });
}
