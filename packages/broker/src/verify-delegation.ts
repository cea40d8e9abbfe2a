import {
  CLAIMS,
  type Ceiling,
  DelegationClaims,
  Refusal,
  TOKEN_TYPES,
  type UsedToken,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import type { VerifiedRun } from "./run-token.ts";
import { verifyRunStatement } from "./verify-run-statement.ts";
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
  const { claims, token: used } = await verifyRunStatement(context, parent, key, token, {
    typ: TOKEN_TYPES.delegation,
    claims: DelegationClaims,
    // It holds a ceiling, so it may be as long as a run token.
    maxBytes: 65_536,
    name: "the delegation",
  });
  // INVARIANT: a child with its parent's key would be its parent to the gateway.
  if (claims.cnf.jkt === parent.claims.cnf.jkt)
    throw new Refusal("token_untrusted", { detail: "the child has no key of its own", failedFact: "token" });
  return {
    parent,
    agent: claims.child.agent,
    childThumbprint: claims.cnf.jkt,
    wanted: claims[CLAIMS.ceiling],
    lifetimeSeconds: claims.child.lifetime_seconds,
    token: used,
  };
}
