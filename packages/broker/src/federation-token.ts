import {
  AWS_SESSION_CLAIMS,
  type AdapterContext,
  Refusal,
  SealedCredential,
  numericDate,
  randomToken,
  signToken,
} from "@watchword/core";
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
 * INVARIANT: they go from here into an adapter's request, and into no record, answer or log. Into a lease goes, sealed, the one
 * that names scopes: it is a credential itself (docs/decisions/0024), and only an adapter whose custody is the gateway's asks for it.
 */
export function federationTokens(
  context: BrokerContext,
  subject: FederationSubject,
): AdapterContext["federationToken"] {
  const { federationIssuer: issuer, keys } = context;
  if (issuer === undefined) return undefined;
  return async (audience, form) => {
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
        ...(form === "aws-session" ? awsSession(subject) : {}),
        ...(typeof form === "object" ? { scp: [...form.scp] } : {}),
      }),
    );
  };
}

/** Source identity of a session that no decision asked for. */
const NO_DECISION = "watchword";

/**
 * A session's tags and source identity: what a role's own policy can compare, and what CloudTrail says beside each call. They
 * outlive a change of roles, so that no chain of them forgets whose it is.
 */
function awsSession({ tenant, system, agent, decisionId = NO_DECISION }: FederationSubject): object {
  const tags = {
    "watchword-tenant": [tenant],
    "watchword-system": [system],
    ...(agent === undefined ? {} : { "watchword-agent": [agent] }),
  };
  return {
    [AWS_SESSION_CLAIMS.tags]: { principal_tags: tags, transitive_tag_keys: Object.keys(tags) },
    [AWS_SESSION_CLAIMS.sourceIdentity]: decisionId,
  };
}
