import { CLOCK_SKEW_SECONDS, SealedCredential, type VerifiedIdentity } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { requestToken } from "../oauth/request-token.ts";
import type { ApprovalLoginOptions } from "./approval-options.ts";
import { type BegunLogin, loginRefused as refused, redirectUri } from "./login-state.ts";

/** Who logged in, with the token that says so. */
export interface LoggedIn {
  readonly approver: VerifiedIdentity;
  readonly idToken: SealedCredential;
}

/**
 * Redeems a code at the configured token endpoint and checks the ID token: signature, issuer, audience and times by the
 * verifier; that it answers this login, and that the person logged in for it (OpenID Connect Core section 3.1.3.7). An
 * access token that comes along is not looked at.
 *
 * @throws Refusal `login_refused`, `token_…`
 */
export async function redeemCode(
  context: BrokerContext,
  login: ApprovalLoginOptions,
  code: string,
  begun: BegunLogin,
): Promise<LoggedIn> {
  const returned = { code, redirectUri: redirectUri(context), verifier: begun.verifier };
  const answer = await requestToken(context, login, returned, refused);
  const token = Object.hasOwn(answer, "id_token") ? answer["id_token"] : undefined;
  if (typeof token !== "string") throw refused("the login service gave no ID token");
  const idToken = new SealedCredential(token);
  const approver = await idToken.open((text) => login.verifier.verify(text));
  if (approver.issuer !== login.verifier.issuer) throw refused("a verifier answered for another issuer");
  if (approver.claims["nonce"] !== begun.about.nonce) throw refused("the ID token answers another login");
  const { azp } = approver.claims;
  if (azp !== undefined && azp !== login.clientId) throw refused("the ID token is for another client");
  // INVARIANT: `prompt` and `max_age` are wishes; what counts is when the person logged in.
  const since = approver.authenticatedAt ?? 0;
  if (since < begun.startedAt - CLOCK_SKEW_SECONDS) throw refused("the login was not made for this");
  return { approver, idToken };
}
