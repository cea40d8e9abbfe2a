import type { AdapterContext, RevocationOutcome } from "@watchword/core";
import * as oauth from "oauth4webapi";
import { type TokenCall, callOptions } from "./call-options.ts";
import { clientOf } from "./client-of.ts";
import type { OauthSettings } from "./oauth-options.ts";

/**
 * Ends a token at the server (RFC 7009), where it can. Never throws: what became of the token is the answer. The server does not say
 * whether the token was alive (section 2.2).
 */
export async function endToken(
  settings: OauthSettings,
  context: AdapterContext,
  token: string,
  call: TokenCall,
): Promise<RevocationOutcome> {
  const { authorization } = settings;
  if (authorization.revocationEndpoint === undefined)
    return authorization.dpop ? "injected_only" : "unsupported";
  try {
    const { server, client, authentication } = await clientOf(settings, context);
    const response = await oauth.revocationRequest(server, client, authentication, token, {
      ...callOptions(server, context, call),
      additionalParameters: { token_type_hint: "access_token" },
    });
    await oauth.processRevocationResponse(response);
    return "revoked";
  } catch {
    return "unknown";
  }
}
