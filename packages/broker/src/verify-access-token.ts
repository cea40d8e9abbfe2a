import {
  ACCESS_SECONDS,
  AccessClaims,
  type LeaseRecord,
  Refusal,
  SealedCredential,
  TOKEN_TYPES,
  accessIssuer,
  checkTimes,
  numericDate,
  parseClaims,
  readCompactJws,
  verifySignedToken,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { findKey } from "./keys/signing-keys.ts";

/** An access token of this broker with the lease that it was minted for. Only {@link verifyAccessToken} makes one. */
export interface VerifiedAccessToken {
  readonly claims: AccessClaims;
  readonly lease: LeaseRecord;
}

/** Whether a text says of itself that it is an access token; nothing is verified. */
export function isAccessToken(token: string): boolean {
  try {
    return readCompactJws(token).header.typ === TOKEN_TYPES.access;
  } catch {
    return false;
  }
}

/**
 * Verifies an access token that this broker signed, against the lease as stored. Whether the lease goes on is for the caller to see.
 *
 * @throws Refusal `token_…` for the token, `lease_unknown` for one that no lease was recorded for
 */
export async function verifyAccessToken(context: BrokerContext, token: string): Promise<VerifiedAccessToken> {
  const raw = await verifySignedToken(token, {
    typ: TOKEN_TYPES.access,
    key: ({ header }) => findKey(context.keys.access, header.kid),
  });
  const claims = parseClaims(AccessClaims, raw);
  if (claims.iss !== accessIssuer(context.issuer))
    throw new Refusal("token_untrusted", { detail: "another broker's access token", failedFact: "token" });
  checkTimes(claims, numericDate(context.clock), ACCESS_SECONDS);
  const lease = await context.store.lease(claims.jti);
  // INVARIANT: the very token that was recorded. One that was signed and never recorded is nobody's.
  if (lease === undefined || lease.fingerprint !== new SealedCredential(token).fingerprint)
    throw new Refusal("lease_unknown", { detail: "no lease was recorded for it", failedFact: "token" });
  return { claims, lease };
}
