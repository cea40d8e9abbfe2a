import type { OauthClient } from "./oauth-client.ts";

/** What one authorization request says. */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  /** RFC 7636 section 4.2, by S256. */
  readonly challenge: string;
  /** What the service wants besides; it changes none of the above. */
  readonly more?: Readonly<Record<string, string>>;
}

/** The authorization request: code flow with PKCE by S256 (RFC 6749 section 4.1.1, RFC 7636 section 4.3). */
export function authorizationUrl(
  { authorizationEndpoint, clientId }: Pick<OauthClient, "authorizationEndpoint" | "clientId">,
  { redirectUri, scopes, state, challenge, more = {} }: AuthorizationRequest,
): string {
  const url = new URL(authorizationEndpoint);
  const parameters = {
    ...more,
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: scopes.join(" "),
    state,
    code_challenge: challenge,
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
