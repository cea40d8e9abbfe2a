import type { SealedCredential } from "@watchword/core";

/** The client that the broker is at another authorization server. All of it from configuration, never from a token or an answer. */
export interface OauthClient {
  readonly clientId: string;
  /** Left out for a public client: PKCE alone. */
  readonly clientSecret?: SealedCredential;
  /** `post`: the secret goes into the body; left out: into the header, as Basic. */
  readonly clientAuthentication?: "post";
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
}
