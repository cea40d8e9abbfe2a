import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import { readApiRequest, sendAnswer } from "../http/http-exchange.ts";
import type { HttpFailure } from "../http/http-failure.ts";
import { type ApiAnswer, type ApiRequest, OrdersApi, SERVER_ERROR } from "../http/orders-api.ts";
import type { TwinOrder, TwinRefund } from "../http/orders-state.ts";
import type { KeySeed } from "../http/twin-options.ts";
import type { TwinRequest } from "../http/twin-request.ts";
import { allowsRequest } from "./allows-request.ts";
import { AuthorizationServer } from "./authorization-server.ts";
import type { IssuedToken } from "./issued-token.ts";
import { OauthProblem } from "./oauth-problem.ts";
import type { OauthMischief, OauthTwinOptions } from "./twin-options.ts";

/** A running twin: an authorization server, and an API with orders that takes its tokens. Each has its own state, gone with it. */
export interface OauthTwin extends AsyncDisposable {
  /** The API, and the issuer; `${url}/token` and `${url}/revoke` are the server's endpoints. */
  readonly url: string;
  /** Bodies and headers of calls of the server are not kept: they hold secrets. */
  readonly requests: readonly TwinRequest[];
  /** Every token that was asked for and given, oldest first. */
  readonly tokens: readonly IssuedToken[];
  /** A token as if this client had asked for it. @throws TypeError for a client that the server does not know */
  give(client: string, scopes: readonly string[]): string;
  /** Whether a token still opens anything. */
  alive(token: string): boolean;
  refunds(account: string): readonly TwinRefund[];
  order(account: string, id: string): TwinOrder | undefined;
  /** Fails from now on, until `null`. */
  fail(mode: HttpFailure | null): void;
  /** Gives more or something else than is asked for from now on, or `after` so many tokens more, until `null`. */
  misbehave(mischief: OauthMischief | null, after?: number): void;
  close(): Promise<void>;
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
  const keys: KeySeed[] = [];
  const api = new OrdersApi({ accounts: options.accounts, keys });
  const requests: TwinRequest[] = [];
  let mode: HttpFailure | null = null;
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;
  server.listen(options.listen?.port ?? 0, options.listen?.host ?? "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
  const url = `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  const authority = new AuthorizationServer(options, url);

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined) return void outgoing.writeHead(413).end();
    const forServer = request.path === "/token" || request.path === "/revoke";
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    if (forServer) return serveServer(incoming, request, outgoing);
    const answer = answerApi(incoming, request, failure === "500-after-effect");
    const dropped = failure === "drop-after-effect" && answer.changed;
    record(request, {
      status: dropped ? 0 : answer.status,
      kind: kindOf(request, answer),
      account: answer.account,
    });
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, answer);
  }

  function serveServer(incoming: IncomingMessage, request: ApiRequest, outgoing: ServerResponse): void {
    const { dpop } = incoming.headers;
    const form = new URLSearchParams(request.body);
    const kept = { ...request, query: "", body: "" };
    const lookUp = (incoming.headers["user-agent"] ?? "").endsWith("-resolve");
    const none = { "cache-control": "no-store" };
    try {
      if (request.method !== "POST") throw new OauthProblem(405, "invalid_request", "POST is required");
      const call = {
        form,
        authorization: request.presented.authorization,
        proof: typeof dpop === "string" ? dpop : undefined,
        nowSeconds: nowSeconds(),
      };
      const isToken = request.path === "/token";
      const body = isToken ? authority.token(call) : undefined;
      if (!isToken) authority.revoke(call);
      record(kept, { status: 200, kind: lookUp || !isToken ? "resolve" : "mint", account: undefined });
      outgoing.writeHead(200, { ...none, "content-type": "application/json" });
      outgoing.end(body === undefined ? "" : JSON.stringify(body));
    } catch (error) {
      if (!(error instanceof OauthProblem)) throw error;
      record(kept, { status: error.status, kind: lookUp ? "resolve" : "refused", account: undefined });
      outgoing.writeHead(error.status, { ...none, "content-type": "application/json", ...error.headers });
      outgoing.end(JSON.stringify(error.body));
    }
  }

  function answerApi(incoming: IncomingMessage, request: ApiRequest, failAfter: boolean): ApiAnswer {
    const token = tokenOf(incoming, request);
    const details = token?.details;
    if (details !== undefined && !details.some((detail) => allowsRequest(detail, request)))
      return { ...FORBIDDEN, changed: false, replayed: false, account: request.account };
    keys.splice(0, keys.length, ...(token === undefined ? [] : [keyOf(token)]));
    const presented = {
      authorization: token === undefined ? undefined : `Bearer ${token.token}`,
      apiKey: undefined,
    };
    return api.answer({ ...request, presented }, failAfter);
  }

  /** The living token of a request; one that is bound counts only with a proof for this request. */
  function tokenOf(incoming: IncomingMessage, request: ApiRequest): IssuedToken | undefined {
    const [, scheme = "", value = ""] =
      /^(Bearer|DPoP) (\S+)$/i.exec(request.presented.authorization ?? "") ?? [];
    const token = authority.alive(value, nowSeconds());
    if (token === undefined || (scheme.toLowerCase() === "dpop") !== (token.boundTo !== undefined))
      return undefined;
    if (token.boundTo === undefined) return token;
    const { dpop } = incoming.headers;
    const place = {
      method: incoming.method ?? "",
      url: `${url}${(incoming.url ?? "").split("?")[0]}`,
      token: value,
    };
    const reading = typeof dpop === "string" ? authority.proofs.read(dpop, place, nowSeconds()) : "invalid";
    return typeof reading === "object" && reading.thumbprint === token.boundTo ? token : undefined;
  }

  function failBefore(failure: HttpFailure, request: ApiRequest, outgoing: ServerResponse): void {
    const kind = request.method === "GET" ? "resolve" : "refused";
    record({ ...request, body: "" }, { status: STATUSES[failure] ?? 0, kind, account: undefined });
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    const json = { "content-type": "application/json" };
    if (failure === "drip") return void outgoing.writeHead(200, json).write("{");
    if (failure === "garbage") return void outgoing.writeHead(200, json).end('{"access_token": 1, <html>');
    if (failure === "redirect") return void outgoing.writeHead(302, { location: `${url}/redirected` }).end();
    return sendAnswer(outgoing, failure === "429" ? RATE_LIMITED : SERVER_ERROR);
  }

  function record(request: ApiRequest, seen: Pick<TwinRequest, "status" | "kind" | "account">): void {
    const { method, path, query, body, headerNames, idempotencyKey } = request;
    requests.push({ at: clock.now(), method, path, query, body, headerNames, idempotencyKey, ...seen });
  }

  function stateOf(account: string) {
    const state = api.accounts.get(account);
    if (state === undefined) throw new TypeError(`twin: no account ${account}`);
    return state;
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    url,
    requests,
    get tokens() {
      return authority.tokens;
    },
    give: (client, scopes) => authority.give(client, scopes, nowSeconds()),
    alive: (token) => authority.alive(token, nowSeconds()) !== undefined,
    refunds: (account) => [...stateOf(account).refunds],
    order: (account, id) => stateOf(account).orders.get(id),
    fail(next) {
      mode = next;
    },
    misbehave(next, after = 0) {
      authority.misbehave(next, after);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const STATUSES: Partial<Record<HttpFailure, number>> = {
  drip: 200,
  garbage: 200,
  redirect: 302,
  "429": 429,
  "500": 500,
};
const RATE_LIMITED = { status: 429, body: { error: { code: "rate_limited", message: "too many requests" } } };
const FORBIDDEN = {
  status: 403,
  body: { error: { code: "action_forbidden", message: "the token is for another action" } },
};

function keyOf({ token, scopes, details, accounts }: IssuedToken): KeySeed {
  // A token for one action carries that action; scopes are for those that carry none.
  const write = details !== undefined || scopes.includes("orders:write");
  const read = write || scopes.includes("orders:read");
  return { secret: token, orders: write ? "write" : read ? "read" : "none", accounts };
}

function kindOf(request: ApiRequest, answer: ApiAnswer): TwinRequest["kind"] {
  if (request.method === "GET") return "resolve";
  if (answer.changed) return "effect";
  return answer.replayed ? "replay" : "refused";
}
