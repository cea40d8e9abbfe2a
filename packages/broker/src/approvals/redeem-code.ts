import {
  CLOCK_SKEW_SECONDS,
  type Json,
  Refusal,
  SealedCredential,
  type VerifiedIdentity,
  parseStrictJson,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import type { ApprovalLoginOptions } from "./approval-options.ts";
import { type BegunLogin, redirectUri } from "./login-state.ts";

const TIMEOUT_MILLISECONDS = 10_000;
const MAX_ANSWER_BYTES = 131_072;

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
  const idToken = new SealedCredential(await requestIdToken(context, login, code, begun));
  const approver = await idToken.open((token) => login.verifier.verify(token));
  if (approver.issuer !== login.verifier.issuer) throw refused("a verifier answered for another issuer");
  if (approver.claims["nonce"] !== begun.nonce) throw refused("the ID token answers another login");
  const { azp } = approver.claims;
  if (azp !== undefined && azp !== login.clientId) throw refused("the ID token is for another client");
  // INVARIANT: `prompt` and `max_age` are wishes; what counts is when the person logged in.
  const since = approver.authenticatedAt ?? 0;
  if (since < begun.startedAt - CLOCK_SKEW_SECONDS) throw refused("the login was not made for this");
  return { approver, idToken };
}

async function requestIdToken(
  context: BrokerContext,
  { tokenEndpoint, clientId, clientSecret }: ApprovalLoginOptions,
  code: string,
  begun: BegunLogin,
): Promise<string> {
  let answer: Json;
  try {
    const response = await context.fetch(tokenEndpoint, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        ...(clientSecret === undefined ? {} : { authorization: basic(clientId, clientSecret) }),
      },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri(context),
        client_id: clientId,
        code_verifier: begun.verifier,
      }).toString(),
      // INVARIANT: the code goes to the configured address and to no other.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw refused("the login service did not take the code");
    }
    answer = parseStrictJson(await readBounded(response), { maxBytes: MAX_ANSWER_BYTES });
  } catch (error) {
    // What went wrong on the way may quote the code.
    throw Refusal.is(error) ? error : refused("the login service did not answer");
  }
  const found = typeof answer === "object" && answer !== null && !Array.isArray(answer) ? answer : {};
  const token = Object.hasOwn(found, "id_token") ? found["id_token"] : undefined;
  if (typeof token !== "string") throw refused("the login service gave no ID token");
  return token;
}

/** RFC 6749 section 2.3.1: both parts are form-encoded first. */
function basic(clientId: string, secret: SealedCredential): string {
  const coded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1);
  return secret.open(
    (text) => `Basic ${Buffer.from(`${coded(clientId)}:${coded(text)}`).toString("base64")}`,
  );
}

async function readBounded({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw refused("the login service's answer is too large");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function refused(detail: string): Refusal {
  return new Refusal("login_refused", { detail, failedFact: "user" });
}
