import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import { readApiRequest, sendAnswer } from "./http-exchange.ts";
import type { HttpFailure } from "./http-failure.ts";
import { type ApiAnswer, type ApiRequest, OrdersApi, SERVER_ERROR } from "./orders-api.ts";
import type { TwinOrder, TwinRefund } from "./orders-state.ts";
import type { HttpTwinOptions } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** A running twin. Each has its own state, gone with it. */
export interface HttpTwin extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TwinRequest[];
  /** Refunds of an account, oldest first. @throws TypeError for an account that the twin does not have. */
  refunds(account: string): readonly TwinRefund[];
  order(account: string, id: string): TwinOrder | undefined;
  /** Fails from now on, until `null`. */
  fail(mode: HttpFailure | null): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for an API with orders behind static keys. It refuses unknown keys, missing permissions, foreign
 * accounts and objects, over-refunds, unknown members and reused idempotency keys; and it believes in method overrides and
 * other spellings, as many servers do.
 *
 * @example
 * ```ts
 * await using twin = await httpTwin({
 *   accounts: { acme: { orders: { ord_1: { amount: 4200, currency: "USD" } } } },
 *   keys: [{ secret: "test_key_acme", orders: "write" }],
 * });
 * ```
 */
export async function httpTwin(options: HttpTwinOptions): Promise<HttpTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const api = new OrdersApi(options);
  const requests: TwinRequest[] = [];
  let mode: HttpFailure | null = null;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined)
      return sendAnswer(outgoing, {
        status: 413,
        body: { error: { code: "too_large", message: "too large" } },
      });
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const answer = api.answer(request, failure === "500-after-effect");
    const dropped = failure === "drop-after-effect" && answer.changed;
    record(request, {
      status: dropped ? 0 : answer.status,
      kind: kindOf(request, answer),
      account: answer.account,
    });
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, answer);
  }

  function failBefore(failure: HttpFailure, request: ApiRequest, outgoing: ServerResponse): void {
    const kind = request.method === "GET" ? "resolve" : "refused";
    const status = STATUSES[failure] ?? 0;
    record(request, { status, kind, account: undefined });
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    const json = { "content-type": "application/json" };
    if (failure === "drip") return void outgoing.writeHead(200, json).write("{");
    if (failure === "garbage") return void outgoing.writeHead(200, json).end('{"object": "order", <html>');
    if (failure === "redirect")
      return void outgoing.writeHead(302, { location: `${urlOf()}/redirected` }).end();
    return sendAnswer(outgoing, failure === "429" ? RATE_LIMITED : SERVER_ERROR);
  }

  function record(request: ApiRequest, seen: Pick<TwinRequest, "status" | "kind" | "account">): void {
    const { method, path, query, body, headerNames, idempotencyKey } = request;
    requests.push({ at: clock.now(), method, path, query, body, headerNames, idempotencyKey, ...seen });
  }

  function urlOf(): string {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  server.listen(options.listen?.port ?? 0, options.listen?.host ?? "127.0.0.1");
  await once(server, "listening");
  const url = urlOf();

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

const RATE_LIMITED = {
  status: 429,
  body: { error: { code: "rate_limited", message: "too many requests" } },
};

function kindOf(request: ApiRequest, answer: ApiAnswer): TwinRequest["kind"] {
  if (request.method === "GET") return "resolve";
  if (answer.changed) return "effect";
  return answer.replayed ? "replay" : "refused";
}
