import {
  AccessClaims,
  type AdapterContext,
  type Authority,
  type Minted,
  Refusal,
  digestOf,
  parseClaims,
  readCompactJws,
} from "@watchword/core";
import type { JwtSettings } from "./jwt-options.ts";

/**
 * Takes the broker's access token for one authority. What is granted is what the token says, never what was asked, so that the
 * broker's comparison sees a wider one.
 *
 * @throws Refusal `tenant_mismatch`; `configuration_invalid` where there are no access tokens
 */
export async function mintToken(
  { lifeSeconds }: JwtSettings,
  authority: Authority,
  { connection, accessToken }: AdapterContext,
): Promise<Minted> {
  if (authority.resource["tenant"] !== connection.account)
    throw new Refusal("tenant_mismatch", {
      detail: "the authority is for another tenant of the service",
      failedFact: "tenant",
    });
  if (accessToken === undefined)
    throw new Refusal("configuration_invalid", { detail: "jwt: this broker gives no access tokens" });
  const credential = await accessToken(lifeSeconds);
  const claims = credential.open((token) => parseClaims(AccessClaims, readCompactJws(token).claims));
  return {
    credential,
    kind: "access-token",
    granted: grantedBy(authority, claims, lifeSeconds),
    nativeExpiresAt: claims.exp,
  };
}

function grantedBy(authority: Authority, claims: AccessClaims, lifeSeconds: number): Authority {
  const [{ actions, access, resource, arguments_digest: digest }] = claims.authorization_details;
  return {
    ...authority,
    operation: actions[0],
    access,
    resource,
    // The token names its arguments by their digest: of others than the planned ones nothing is known.
    arguments: digest === digestOf(authority.arguments) ? authority.arguments : {},
    native: {
      audience: claims.aud,
      arguments_digest: digest,
      life_seconds: Math.max(lifeSeconds, claims.exp - claims.iat),
    },
  };
}
