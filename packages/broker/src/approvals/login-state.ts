import {
  Refusal,
  SealedCredential,
  approvalUrl,
  numericDate,
  parseStrictJson,
  randomToken,
  sha256,
} from "@watchword/core";
import { z } from "zod";
import type { BrokerContext } from "../broker-context.ts";
import type { ApprovalLoginOptions } from "./approval-options.ts";

/** Seconds that a person may take at the login service. */
const LOGIN_SECONDS = 600;

/** Bytes of a state that could be one of ours. */
const MAX_STATE = 1_024;

const Begun = z.strictObject({
  /** Spent when the login is finished. */
  id: z.string(),
  /** RFC 7636 section 4.1 */
  verifier: z.string(),
  nonce: z.string(),
  startedAt: z.int(),
});

/** A login that was begun here. */
export type BegunLogin = z.infer<typeof Begun> & { readonly expiresAt: number };

/**
 * Begins a login: what is secret of it travels, sealed, in `state` itself, so that any replica can finish it and none keeps
 * anything.
 */
export async function sealState(
  context: BrokerContext,
): Promise<{ readonly state: string; readonly nonce: string; readonly challenge: string }> {
  const begun = {
    id: randomToken(16),
    verifier: randomToken(32),
    nonce: randomToken(16),
    startedAt: numericDate(context.clock),
  };
  const sealed = await context.keys.sealer.seal(
    new SealedCredential(JSON.stringify(begun)),
    sealedFor(context),
  );
  return {
    state: Buffer.from(sealed).toString("base64url"),
    nonce: begun.nonce,
    challenge: sha256(begun.verifier),
  };
}

/** @throws Refusal `login_refused` for a state that is not ours, or too old */
export async function openState(context: BrokerContext, state: string | undefined): Promise<BegunLogin> {
  const begun = await read(context, state ?? "");
  const age = numericDate(context.clock) - begun.startedAt;
  if (age < 0 || age > LOGIN_SECONDS) throw refused("the login took too long");
  return { ...begun, expiresAt: begun.startedAt + LOGIN_SECONDS };
}

async function read(context: BrokerContext, state: string): Promise<z.infer<typeof Begun>> {
  if (state.length > MAX_STATE) throw refused("state is not one of this broker's");
  try {
    const sealed = await context.keys.sealer.open(Buffer.from(state, "base64url"), sealedFor(context));
    return Begun.parse(parseStrictJson(sealed.open((text) => text)));
  } catch {
    throw refused("state is not one of this broker's");
  }
}

/** Exactly what is registered at the login service. */
export function redirectUri({ issuer }: BrokerContext): string {
  return approvalUrl(issuer, "login/callback");
}

/** The authorization request: code flow with PKCE by S256, and a login that is made now (OpenID Connect Core section 3.1.2.1). */
export function authorizationUrl(
  { authorizationEndpoint, clientId, scopes = [] }: ApprovalLoginOptions,
  parts: {
    readonly state: string;
    readonly nonce: string;
    readonly challenge: string;
    readonly redirectUri: string;
  },
): string {
  const url = new URL(authorizationEndpoint);
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: parts.redirectUri,
    scope: ["openid", ...scopes].join(" "),
    state: parts.state,
    nonce: parts.nonce,
    code_challenge: parts.challenge,
    code_challenge_method: "S256",
    prompt: "login",
    max_age: "0",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

const sealedFor = ({ issuer }: BrokerContext): string => JSON.stringify(["approval-login", issuer]);

function refused(detail: string): Refusal {
  return new Refusal("login_refused", { detail, failedFact: "user" });
}
