import {
  type AdapterContext,
  SealedCredential,
  type Value,
  numericDate,
  valueProblem,
} from "@watchword/core";
import * as oauth from "oauth4webapi";
import { z } from "zod";
import { sealBound } from "./bound-token.ts";
import { type TokenCall, callOptions } from "./call-options.ts";
import { type OauthClient, clientOf, federationToken } from "./client-of.ts";
import { endToken } from "./end-token.ts";
import type { OauthSettings } from "./oauth-options.ts";
import { tokenRefusal, tokenUnusable } from "./token-problem.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token";

const Issued = z.object({ access_token: z.string().min(1).max(8_192) });

/** What one token is asked for. */
export interface TokenWish extends TokenCall {
  readonly scopes: readonly string[];
  /** RFC 9396; left out: none. */
  readonly details?: readonly Value[];
}

/** A token, and what the server says that it is good for. */
export interface GivenToken {
  readonly credential: SealedCredential;
  /** NumericDate. */
  readonly expiresAt: number;
  /** In the order of the alphabet. */
  readonly scopes: readonly string[];
  readonly details: readonly Value[] | undefined;
}

/**
 * Asks for one access token. What comes with it and was not asked for (a refresh token, another kind of token, a life without
 * an end or too long) makes it unusable: it is revoked where the server can, and nobody gets it.
 *
 * @throws Refusal `downstream_refused` (nothing was given), `downstream_unavailable`, `configuration_invalid`
 */
export async function askToken(
  settings: OauthSettings,
  context: AdapterContext,
  wish: TokenWish,
): Promise<GivenToken> {
  const { authorization } = settings;
  const client = await clientOf(settings, context);
  const keys = authorization.dpop ? await oauth.generateKeyPair("ES256", { extractable: true }) : undefined;
  const proof = keys === undefined ? undefined : oauth.DPoP(client.client, keys);
  const parameters = await parametersOf(settings, context, wish);
  const ask = (): Promise<oauth.TokenEndpointResponse> =>
    oneAsk({ settings, client, context, parameters }, wish, proof);
  const answer = await ask().catch((error: unknown) => {
    // RFC 9449 section 8: the server's nonce came with its refusal, once.
    if (proof !== undefined && oauth.isDPoPNonceError(error)) return ask();
    throw error;
  });
  const problem = answerProblem(settings, answer);
  if (problem !== undefined) {
    await endToken(settings, context, answer.access_token, wish);
    throw tokenUnusable(problem);
  }
  const credential =
    keys === undefined
      ? new SealedCredential(answer.access_token)
      : sealBound({ token: answer.access_token, key: await crypto.subtle.exportKey("jwk", keys.privateKey) });
  return {
    credential,
    expiresAt: numericDate(context.clock) + (answer.expires_in ?? 0),
    // RFC 6749 section 5.1: left out where it is what was asked for.
    scopes: (answer.scope === undefined ? [...wish.scopes] : answer.scope.split(" ")).toSorted(),
    details: answer.authorization_details as readonly Value[] | undefined,
  };
}

async function parametersOf(
  { authorization }: OauthSettings,
  context: AdapterContext,
  wish: TokenWish,
): Promise<Record<string, string>> {
  const { grant, resource, audience, issuer } = authorization;
  return {
    ...(wish.scopes.length === 0 ? {} : { scope: wish.scopes.join(" ") }),
    ...(wish.details === undefined ? {} : { authorization_details: JSON.stringify(wish.details) }),
    ...(resource === undefined ? {} : { resource }),
    ...(audience === undefined ? {} : { audience }),
    ...(grant === "token_exchange"
      ? {
          subject_token: await federationToken(issuer, context),
          subject_token_type: JWT_TYPE,
          requested_token_type: ACCESS_TYPE,
        }
      : {}),
  };
}

interface Ask {
  readonly settings: OauthSettings;
  readonly client: OauthClient;
  readonly context: AdapterContext;
  readonly parameters: Readonly<Record<string, string>>;
}

async function oneAsk(
  { settings, client: { server, client, authentication }, context, parameters }: Ask,
  wish: TokenWish,
  proof: oauth.DPoPHandle | undefined,
): Promise<oauth.TokenEndpointResponse> {
  const grant = parameters["subject_token"] === undefined ? "client_credentials" : TOKEN_EXCHANGE;
  const response = await oauth.genericTokenEndpointRequest(
    server,
    client,
    authentication,
    grant,
    parameters,
    {
      ...callOptions(server, context, wish),
      ...(proof === undefined ? {} : { DPoP: proof }),
    },
  );
  const { status } = response;
  if (status === 0 || (status >= 300 && status < 400))
    throw tokenRefusal(status, undefined, "an answer, not a redirect, which is never followed");
  if (status !== 200 && ![400, 401, 403].includes(status)) throw tokenUnusable(`HTTP ${status}`);
  const copy = response.clone();
  try {
    return await oauth.processGenericTokenEndpointResponse(server, client, response);
  } catch (error) {
    if (proof !== undefined && oauth.isDPoPNonceError(error)) throw error;
    if (status !== 200)
      // A challenge is the server's no to the client itself (RFC 6749 section 5.2).
      throw tokenRefusal(
        status,
        error instanceof oauth.ResponseBodyError
          ? error.error
          : status === 401
            ? "invalid_client"
            : undefined,
        requiredOf(settings, wish),
      );
    // Whatever it is good for, nobody gets a token whose answer is not understood.
    const issued = Issued.safeParse(await copy.json().catch(() => undefined));
    if (issued.success) await endToken(settings, context, issued.data.access_token, wish);
    throw tokenUnusable("an answer that is not a token");
  }
}

function requiredOf(
  { authorization: { issuer, client, resource, audience } }: OauthSettings,
  { scopes, details }: TokenWish,
): string {
  const wanted = [
    ...(scopes.length === 0 ? [] : [`the scopes ${scopes.join(" ")}`]),
    ...(details === undefined ? [] : ["the authorization details"]),
  ].join(" and ");
  const where = resource ?? audience;
  return `a client of ${issuer} by ${client} that may have ${wanted}${where === undefined ? "" : ` for ${where}`}`;
}

/** What is more than was asked for in an answer, besides scopes and details, which the broker compares. */
function answerProblem(
  { authorization: { dpop, grant, lifeSeconds } }: OauthSettings,
  answer: oauth.TokenEndpointResponse,
): string | undefined {
  const { token_type: type, expires_in: life, refresh_token: refresh, issued_token_type: issued } = answer;
  if (type !== (dpop ? "dpop" : "bearer"))
    return `a token that is not ${dpop ? "bound to its key" : "Bearer"}`;
  if (!/^[\x21-\x7e]{1,8192}$/.test(answer.access_token)) return "a token that cannot stand in a header";
  if (refresh !== undefined) return "a refresh token, which was not asked for,";
  // RFC 8693 section 2.2.1.
  if (grant === "token_exchange" && issued !== ACCESS_TYPE)
    return "another kind of token than an access token";
  if (life === undefined) return "a token that does not say when it ends";
  if (!Number.isSafeInteger(life) || life < 1 || life > lifeSeconds)
    return `a token that lives longer than ${lifeSeconds} s, or not at all,`;
  const { authorization_details: details } = answer;
  if (details !== undefined && (!Array.isArray(details) || valueProblem(details) !== undefined))
    return "authorization details that are none";
  return undefined;
}
