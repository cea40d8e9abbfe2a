import type { IncomingMessage } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import type { ApiRequest } from "../http/orders-api.ts";
import {
  type FrontAnswer,
  type OrdersFront,
  type OrdersServer,
  ordersServer,
} from "../http/orders-server.ts";
import type { KeySeed } from "../http/twin-options.ts";
import { allowsRequest } from "./allows-request.ts";
import { AuthorizationServer } from "./authorization-server.ts";
import type { IssuedToken } from "./issued-token.ts";
import { OauthProblem } from "./oauth-problem.ts";
import type { OauthMischief, OauthTwinOptions } from "./twin-options.ts";

/**
 * A running twin: an authorization server, and an API with orders that takes its tokens. Each has its own state, gone with it. `url` is the
 * API's and the issuer; `${url}/token` and `${url}/revoke` are the server's endpoints.
 */
export interface OauthTwin extends OrdersServer {
  /** Every token that was asked for and given, oldest first. */
  readonly tokens: readonly IssuedToken[];
  /** A token as if this client had asked for it. @throws TypeError for a client that the server does not know */
  give(client: string, scopes: readonly string[]): string;
  /** Whether a token still opens anything. */
  alive(token: string): boolean;
  /** Gives more or something else than is asked for from now on, or `after` so many tokens more, until `null`. */
  misbehave(mischief: OauthMischief | null, after?: number): void;
}

/**
 * Starts a local stand-in for an API with orders behind an OAuth authorization server: client credentials and token exchange, clients by
 * assertion, secret or another issuer's token, resource indicators, authorization details, bound tokens with nonce, revocation. It
 * refuses what such servers refuse, in the words of the standards.
 *
 * @example
 * ```ts
 * await using twin = await oauthTwin({
 *   accounts: { acme: { orders: { ord_1: { amount: 4200, currency: "USD" } } } },
 *   clients: [{ id: "watchword", proof: { secret: "test_secret" }, scopes: ["orders:read"], accounts: ["acme"] }],
 * });
 * ```
 */
export async function oauthTwin(options: OauthTwinOptions): Promise<OauthTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const nowSeconds = (): number => Math.floor(clock.now() / 1_000);
  const made: AuthorizationServer[] = [];
  const server = await ordersServer({ ...options, clock }, (url) => {
    const authority = new AuthorizationServer(options, url);
    made.push(authority);
    return frontOf(authority, url, nowSeconds);
  });
  const [authority] = made;
  if (authority === undefined) throw new TypeError("twin: not started");
  return {
    ...server,
    get tokens() {
      return authority.tokens;
    },
    give: (client, scopes) => authority.give(client, scopes, nowSeconds()),
    alive: (token) => authority.alive(token, nowSeconds()) !== undefined,
    misbehave: (mischief, after = 0) => authority.misbehave(mischief, after),
  };
}

function frontOf(authority: AuthorizationServer, url: string, nowSeconds: () => number): OrdersFront {
  return {
    answer: (incoming, request) =>
      request.path === "/token" || request.path === "/revoke"
        ? answerServer(authority, incoming, request, nowSeconds())
        : undefined,
    keyOf: (incoming, request) => {
      const token = livingToken(authority, url, incoming, request, nowSeconds());
      const details = token?.details;
      if (details !== undefined && !details.some((detail) => allowsRequest(detail, request)))
        return FORBIDDEN;
      return token === undefined ? undefined : keyFor(token);
    },
  };
}

function answerServer(
  authority: AuthorizationServer,
  incoming: IncomingMessage,
  request: ApiRequest,
  nowSeconds: number,
): FrontAnswer {
  const { dpop, "user-agent": agent = "" } = incoming.headers;
  const lookUp = agent.endsWith("-resolve");
  try {
    if (request.method !== "POST") throw new OauthProblem(405, "invalid_request", "POST is required");
    const call = {
      form: new URLSearchParams(request.body),
      authorization: request.presented.authorization,
      proof: typeof dpop === "string" ? dpop : undefined,
      nowSeconds,
    };
    if (request.path === "/token")
      return { status: 200, body: authority.token(call), kind: lookUp ? "resolve" : "mint" };
    authority.revoke(call);
    return { status: 200, body: undefined, kind: "resolve" };
  } catch (error) {
    if (!(error instanceof OauthProblem)) throw error;
    const { status, body, headers } = error;
    return { status, body, headers, kind: lookUp ? "resolve" : "refused" };
  }
}

/** The living token of a request; one that is bound counts only with a proof for this request. */
function livingToken(
  authority: AuthorizationServer,
  url: string,
  incoming: IncomingMessage,
  { presented }: ApiRequest,
  nowSeconds: number,
): IssuedToken | undefined {
  const [, scheme = "", value = ""] = /^(Bearer|DPoP) (\S+)$/i.exec(presented.authorization ?? "") ?? [];
  const token = authority.alive(value, nowSeconds);
  if (token === undefined || (scheme.toLowerCase() === "dpop") !== (token.boundTo !== undefined))
    return undefined;
  if (token.boundTo === undefined) return token;
  const { dpop } = incoming.headers;
  const place = {
    method: incoming.method ?? "",
    url: `${url}${(incoming.url ?? "").split("?")[0]}`,
    token: value,
  };
  const reading = typeof dpop === "string" ? authority.proofs.read(dpop, place, nowSeconds) : "invalid";
  return typeof reading === "object" && reading.thumbprint === token.boundTo ? token : undefined;
}

const FORBIDDEN: FrontAnswer = Object.freeze({
  status: 403,
  body: { error: { code: "action_forbidden", message: "the token is for another action" } },
  kind: "refused",
});

function keyFor({ token, scopes, details, accounts }: IssuedToken): KeySeed {
  // A token for one action carries that action; scopes are for those that carry none.
  const write = details !== undefined || scopes.includes("orders:write");
  const read = write || scopes.includes("orders:read");
  return { secret: token, orders: write ? "write" : read ? "read" : "none", accounts };
}
