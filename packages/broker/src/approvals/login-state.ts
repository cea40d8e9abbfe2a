import { Refusal, approvalUrl, randomToken } from "@watchword/core";
import { z } from "zod";
import type { BrokerContext } from "../broker-context.ts";
import { authorizationUrl } from "../oauth/authorization-url.ts";
import { type Begun, type StatePurpose, openState, sealState } from "../oauth/begun-state.ts";
import type { ApprovalLoginOptions } from "./approval-options.ts";

const Login = z.strictObject({ nonce: z.string() });
const LOGIN: StatePurpose<z.infer<typeof Login>> = Object.freeze({
  name: "approval-login",
  about: Login,
  refused: loginRefused,
});

/** A login that was begun here. */
export type BegunLogin = Begun<z.infer<typeof Login>>;

/** Where a browser goes to log in: a login that is made now (OpenID Connect Core section 3.1.2.1). */
export async function beginLogin(context: BrokerContext, login: ApprovalLoginOptions): Promise<string> {
  const nonce = randomToken(16);
  const { state, challenge } = await sealState(context, LOGIN, { nonce });
  return authorizationUrl(login, {
    redirectUri: redirectUri(context),
    scopes: ["openid", ...(login.scopes ?? [])],
    state,
    challenge,
    more: { nonce, prompt: "login", max_age: "0" },
  });
}

/** @throws Refusal `login_refused` for a state that is not ours, or too old */
export function openLogin(context: BrokerContext, state: string | undefined): Promise<BegunLogin> {
  return openState(context, LOGIN, state);
}

/** Exactly what is registered at the login service. */
export function redirectUri({ issuer }: BrokerContext): string {
  return approvalUrl(issuer, "login/callback");
}

/** What a login that did not work is refused with. */
export function loginRefused(detail: string): Refusal {
  return new Refusal("login_refused", { detail, failedFact: "user" });
}
