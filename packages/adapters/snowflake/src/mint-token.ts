import {
  type AdapterContext,
  type Authority,
  type Minted,
  Refusal,
  canonicalJson,
  readCompactJws,
} from "@watchword/core";
import { z } from "zod";
import { audienceOf } from "./plan-authority.ts";
import { factsOf } from "./resolve-facts.ts";
import type { SnowflakeSettings } from "./snowflake-options.ts";
import { TOKEN_SECONDS } from "./token-seconds.ts";

/** What makes a token wide: for whom it is, what it lets do, how long it lives. */
const Claims = z.object({
  aud: z.string(),
  scp: z.array(z.string()),
  iat: z.int(),
  exp: z.int(),
});

/**
 * Takes a token of the broker's federation issuer for one role of one account: what Snowflake accepts itself. What is granted is what the
 * token says, never what was asked, so that the broker's comparison sees a wider one.
 *
 * @throws Refusal `tenant_mismatch` for another tenant's authority; `configuration_invalid` where there is no federation issuer
 */
export async function mintToken(
  settings: SnowflakeSettings,
  authority: Authority,
  { connection, federationToken }: AdapterContext,
): Promise<Minted> {
  const { account } = connection;
  if (authority.resource["account"] !== account || !isPlace(settings, connection, authority.resource))
    throw new Refusal("tenant_mismatch", {
      detail: "the authority is for another tenant's account or place",
      failedFact: "tenant",
    });
  if (federationToken === undefined) throw withoutIssuer();
  const { scopes } = authority.native;
  const scp = Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === "string") : [];
  const credential = await federationToken(audienceOf(account), { scp });
  const {
    aud,
    scp: granted,
    iat,
    exp,
  } = credential.open((token) => Claims.parse(readCompactJws(token).claims));
  return {
    credential,
    kind: "external-oauth-token",
    granted: {
      ...authority,
      native: { audience: aud, scopes: granted, life_seconds: Math.max(TOKEN_SECONDS, exp - iat) },
    },
    nativeExpiresAt: exp,
  };
}

/** Whether a connection has that place, under one of its two roles. */
function isPlace(
  settings: SnowflakeSettings,
  connection: AdapterContext["connection"],
  { account: _account, ...place }: Authority["resource"],
): boolean {
  return (["read", "write"] as const).some((access) => {
    try {
      return (
        canonicalJson(factsOf(settings, connection, access).values["place"] ?? {}) === canonicalJson(place)
      );
    } catch {
      // A connection without a role that writes has no such place.
      return false;
    }
  });
}

/** The refusal where the broker is no issuer that anybody could trust. */
export function withoutIssuer(): Refusal {
  return new Refusal("configuration_invalid", {
    detail:
      "snowflake: this broker has no federation issuer; set federation.issuer, and let the account trust it",
    failedFact: "credential",
  });
}
