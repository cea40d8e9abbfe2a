import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Clock } from "@watchword/core";
import { readApiRequest, sendAnswer } from "./http-exchange.ts";
import type { HttpFailure } from "./http-failure.ts";
import { type ApiAnswer, type ApiRequest, OrdersApi, SERVER_ERROR } from "./orders-api.ts";
import type { TwinOrder, TwinRefund } from "./orders-state.ts";
import type { HttpTwinOptions, KeySeed } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** What every twin with this API shows of it. */
export interface OrdersServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TwinRequest[];
  /** Refunds of an account, oldest first. @throws TypeError for an account that the twin does not have. */
  refunds(account: string): readonly TwinRefund[];
  order(account: string, id: string): TwinOrder | undefined;
  /** Fails from now on, until `null`. */
  fail(mode: HttpFailure | null): void;
  close(): Promise<void>;
}

/** An answer of what stands in front of the API. Its request is kept without query and body, which hold secrets. */
export interface FrontAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** `undefined`: no body. */
  readonly body: object | undefined;
  readonly kind: TwinRequest["kind"];
}

/** Who is let into the API, and what stands in front of it. */
export interface OrdersFront {
  /** Answers what is not the API's: a token endpoint. `undefined`: it is the API's. */
  readonly answer: (incoming: IncomingMessage, request: ApiRequest) => FrontAnswer | undefined;
  /** What the presented token opens; `undefined`: nothing; an answer: it opens something else. */
  readonly keyOf: (incoming: IncomingMessage, request: ApiRequest) => KeySeed | FrontAnswer | undefined;
}

/** Options of {@link ordersServer}. */
export interface OrdersServerOptions extends Pick<HttpTwinOptions, "accounts" | "listen"> {
  readonly clock: Clock;
  /** What opens the API where nothing stands in front of it. */
  readonly keys?: readonly KeySeed[];
  /** PEM; left out: plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/**
 * Starts the API with orders: by itself, for static keys, or behind something that gives tokens for it. `front` gets the address that
 * both will have.
 */
export async function ordersServer(
  { accounts, clock, listen, tls, keys: own = [] }: OrdersServerOptions,
  front?: (url: string) => OrdersFront,
): Promise<OrdersServer> {
  const keys: KeySeed[] = [...own];
  const api = new OrdersApi({ accounts, keys });
  const requests: TwinRequest[] = [];
  let mode: HttpFailure | null = null;
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;
  server.listen(listen?.port ?? 0, listen?.host ?? "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  const url = `${tls === undefined ? "http" : "https"}://${host}:${address.port}`;
  const before = front?.(url);

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined) return sendAnswer(outgoing, TOO_LARGE);
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const given = before?.answer(incoming, request) ?? before?.keyOf(incoming, request);
    if (given !== undefined && "kind" in given) return sendFront(request, given, outgoing);
    const admitted = before === undefined ? request : admit(request, given);
    const answered = api.answer(admitted, failure === "500-after-effect");
    const dropped = failure === "drop-after-effect" && answered.changed;
    const { status, account } = answered;
    record(request, { status: dropped ? 0 : status, kind: kindOf(request, answered), account });
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, answered);
  }

  /** The request with the one key that its token stands for. */
  function admit(request: ApiRequest, key: KeySeed | undefined): ApiRequest {
    keys.splice(0, keys.length, ...(key === undefined ? [] : [key]));
    const authorization = key === undefined ? undefined : `Bearer ${key.secret}`;
    return { ...request, presented: { authorization, apiKey: undefined } };
  }

  function sendFront(request: ApiRequest, given: FrontAnswer, outgoing: ServerResponse): void {
    record(
      { ...request, query: "", body: "" },
      { status: given.status, kind: given.kind, account: undefined },
    );
    outgoing.writeHead(given.status, {
      "cache-control": "no-store",
      "content-type": "application/json",
      ...given.headers,
    });
    outgoing.end(given.body === undefined ? "" : JSON.stringify(given.body));
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
    refunds: (account) => [...stateOf(account).refunds],
    order: (account, id) => stateOf(account).orders.get(id),
    fail(next) {
      mode = next;
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
const TOO_LARGE = { status: 413, body: { error: { code: "too_large", message: "too large" } } };
const RATE_LIMITED = {
  status: 429,
  body: { error: { code: "rate_limited", message: "too many requests" } },
};

function kindOf(request: ApiRequest, answer: ApiAnswer): TwinRequest["kind"] {
  if (request.method === "GET") return "resolve";
  if (answer.changed) return "effect";
  return answer.replayed ? "replay" : "refused";
}
