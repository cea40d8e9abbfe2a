import { Refusal, SealedCredential, numericDate, randomToken, signToken } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** Seconds that a federation token lives. */
const FEDERATION_SECONDS = 60;

/** Whom a federation token speaks for. */
export interface FederationSubject {
  readonly tenant: string;
  readonly system: string;
  /** Agent reference; absent for a look-up that no agent asked for. */
  readonly agent?: string;
  readonly decisionId?: string;
}

/**
 * Makes the tokens that an adapter may ask for: one audience each, a minute at most, sealed. Trust policies of the relying
 * system pin `sub` (`tenant:<id>:system:<name>`) and `aud`. `undefined` where no federation issuer is configured.
 *
 * INVARIANT: they go from here into an adapter's request, and into no lease, record, answer or log.
 */
export function federationTokens(
  context: BrokerContext,
  subject: FederationSubject,
): ((audience: string) => Promise<SealedCredential>) | undefined {
  const { federationIssuer: issuer, keys } = context;
  if (issuer === undefined) return undefined;
  return async (audience) => {
    if (audience === "" || audience.length > 512)
      throw new Refusal("configuration_invalid", { detail: "a federation token has exactly one audience" });
    const now = numericDate(context.clock);
    const { tenant, system, agent, decisionId } = subject;
    return new SealedCredential(
      await signToken(keys.federation.signer, "JWT", {
        iss: issuer,
        sub: `tenant:${tenant}:system:${system}`,
        aud: audience,
        iat: now,
        nbf: now,
        exp: now + FEDERATION_SECONDS,
        jti: randomToken(16),
        tenant,
        system,
        ...(agent === undefined ? {} : { agent }),
        ...(decisionId === undefined ? {} : { decision: decisionId }),
      }),
    );
  };
}
