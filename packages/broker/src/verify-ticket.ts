import {
  type PublicJwk,
  Refusal,
  TICKET_SECONDS,
  TOKEN_TYPES,
  TicketClaims,
  type UsedToken,
  checkTimes,
  numericDate,
  parseClaims,
  readCompactJws,
  starterUri,
  thumbprint,
  verificationKey,
  verifySignedToken,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** A ticket whose starter signed it. Only {@link verifyTicket} makes one. */
export interface VerifiedTicket {
  /** Name of the declared starter. */
  readonly starter: string;
  readonly claims: TicketClaims;
  /** To be spent in the transaction that starts the run. */
  readonly token: UsedToken;
}

/**
 * Verifies `run-ticket+jwt` with the keys that the policy declares for its starter; the `kid` is the key's thumbprint.
 *
 * @throws Refusal `token_…`, `agent_not_allowed`
 */
export async function verifyTicket(context: BrokerContext, token: string): Promise<VerifiedTicket> {
  // The unverified issuer only selects among declared starters; the signature then insists on its key.
  const { iss } = readCompactJws(token).claims;
  const found = Object.entries(context.policy.document.starters).find(([name]) => starterUri(name) === iss);
  if (found === undefined)
    throw new Refusal("token_untrusted", {
      detail: "no declared starter made this ticket",
      failedFact: "token",
    });
  const [starter, { keys, agents }] = found;
  const claims = parseClaims(TicketClaims, await verifiedBy(keys, token));
  if (claims.aud !== context.issuer)
    throw new Refusal("token_wrong_audience", {
      detail: "the ticket is for another broker",
      failedFact: "token",
    });
  checkTimes(claims, numericDate(context.clock), TICKET_SECONDS);
  if (!agents.includes(claims.agent))
    throw new Refusal("agent_not_allowed", {
      detail: `starter ${starter} may not start ${claims.agent}`,
      failedFact: "agent",
    });
  return { starter, claims, token: { issuer: claims.iss, jti: claims.jti, expiresAt: claims.exp } };
}

/** Tries each declared key: what a ticket calls its key says nothing about which one it is. */
async function verifiedBy(
  keys: readonly PublicJwk[],
  token: string,
): Promise<Awaited<ReturnType<typeof verifySignedToken>>> {
  let refusal = new Refusal("token_untrusted", { detail: "no declared key signed it", failedFact: "token" });
  for (const jwk of keys) {
    try {
      const key = await verificationKey(await thumbprint(jwk), jwk);
      return await verifySignedToken(token, { typ: TOKEN_TYPES.ticket, key: () => key });
    } catch (error) {
      refusal = Refusal.from(error, "token_untrusted");
    }
  }
  throw refusal;
}
