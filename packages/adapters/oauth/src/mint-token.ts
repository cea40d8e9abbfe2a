import { type AdapterContext, type Authority, type Minted, Refusal } from "@watchword/core";
import { askToken } from "./ask-token.ts";
import { detailsOf } from "./authorization-details.ts";
import type { OauthSettings } from "./oauth-options.ts";
import { scopesOf } from "./plan-authority.ts";

/** How the server's log tells an action's token from one of a look-up. */
export const USER_AGENT = "watchword-adapter-oauth";
const MINT_MILLISECONDS = 5_000;

/**
 * Gets a token for one authority. What is granted is what the server says, never what was asked, so that the broker's comparison
 * sees a wider one.
 *
 * @throws Refusal `tenant_mismatch`, `downstream_refused`, `downstream_unavailable`, `configuration_invalid`
 */
export async function mintToken(
  settings: OauthSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  if (authority.resource["account"] !== context.connection.account)
    throw new Refusal("tenant_mismatch", {
      detail: "the authority is for another account",
      failedFact: "tenant",
    });
  const details = detailsOf(settings, authority);
  const given = await askToken(settings, context, {
    scopes: scopesOf(settings, authority.operation),
    ...(details === undefined ? {} : { details }),
    userAgent: USER_AGENT,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]),
  });
  return {
    credential: given.credential,
    kind: settings.authorization.dpop ? "bound-access-token" : "access-token",
    granted: {
      ...authority,
      native: {
        scopes: given.scopes,
        ...(given.details === undefined ? {} : { authorization_details: given.details }),
      },
    },
    nativeExpiresAt: given.expiresAt,
  };
}
