import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import type { TwinCharge, TwinRefund } from "./account-state.ts";
import { readApiRequest, sendAnswer } from "./http-exchange.ts";
import { type ApiAnswer, type ApiRequest, SERVER_ERROR, StripeApi } from "./stripe-api.ts";
import type { StripeFailure } from "./stripe-failure.ts";
import type {
  TwinCreditNote,
  TwinCustomer,
  TwinDispute,
  TwinInvoice,
  TwinInvoiceItem,
  TwinPaymentIntent,
  TwinSubscription,
} from "./twin-objects.ts";
import type { StripeTwinOptions } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** A running twin. Each has its own state, gone with it. */
export interface StripeTwin extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TwinRequest[];
  /** Refunds of an account, oldest first. @throws TypeError for an account that the twin does not have. */
  refunds(account: string): readonly TwinRefund[];
  charge(account: string, id: string): TwinCharge | undefined;
  customer(account: string, id: string): TwinCustomer | undefined;
  paymentIntent(account: string, id: string): TwinPaymentIntent | undefined;
  subscription(account: string, id: string): TwinSubscription | undefined;
  invoice(account: string, id: string): TwinInvoice | undefined;
  dispute(account: string, id: string): TwinDispute | undefined;
  /** Credit notes of an account, oldest first. @throws TypeError for an account that the twin does not have. */
  creditNotes(account: string): readonly TwinCreditNote[];
  /** Invoice items of an account, oldest first. @throws TypeError for an account that the twin does not have. */
  invoiceItems(account: string): readonly TwinInvoiceItem[];
  /** Fails from now on, until `null`. */
  fail(mode: StripeFailure | null): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for a part of Stripe that refuses what Stripe refuses: unknown keys, missing
 * permissions, foreign objects, refunds beyond the charge, unknown parameters, reused idempotency keys.
 *
 * @example
 * ```ts
 * await using twin = await stripeTwin({
 *   accounts: { acct_a: { charges: { ch_1: { amount: 4200, currency: "usd" } } } },
 *   keys: [{ secret: "rk_test_a", permissions: { charges: "read", refunds: "write" } }],
 * });
 * ```
 */
export async function stripeTwin(options: StripeTwinOptions): Promise<StripeTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const api = new StripeApi(options, clock);
  const requests: TwinRequest[] = [];
  let mode: StripeFailure | null = null;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined)
      return sendAnswer(outgoing, { status: 413, body: {}, changed: false, replayed: false });
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const answer = api.answer(request, failure === "500-after-effect");
    const dropped = failure === "drop-after-effect" && answer.changed;
    record(request, dropped ? 0 : answer.status, kindOf(request, answer));
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, answer);
  }

  function failBefore(failure: StripeFailure, request: ApiRequest, outgoing: ServerResponse): void {
    const kind = request.method === "GET" ? "resolve" : "refused";
    const statuses: Partial<Record<StripeFailure, number>> = {
      garbage: 200,
      redirect: 302,
      "429": 429,
      "500": 500,
    };
    record(request, statuses[failure] ?? 0, kind);
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    if (failure === "garbage")
      return void outgoing
        .writeHead(200, { "content-type": "application/json" })
        .end('{"object": "charge", <html>');
    if (failure === "redirect")
      return void outgoing.writeHead(302, { location: `${urlOf()}/redirected` }).end();
    if (failure === "429")
      return sendAnswer(outgoing, { status: 429, body: RATE_LIMITED, changed: false, replayed: false });
    return sendAnswer(outgoing, { ...SERVER_ERROR, changed: false, replayed: false });
  }

  function record(request: ApiRequest, status: number, kind: TwinRequest["kind"]): void {
    const { account, idempotencyKey } = request.headers;
    requests.push({
      at: clock.now(),
      kind,
      method: request.method,
      path: request.path,
      account,
      idempotencyKey,
      status,
    });
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
    refunds: (account) => [...stateOf(account).refunds.values()],
    charge: (account, id) => stateOf(account).charges.get(id),
    customer: (account, id) => stateOf(account).customers.get(id),
    paymentIntent: (account, id) => stateOf(account).payment_intents.get(id),
    subscription: (account, id) => stateOf(account).subscriptions.get(id),
    invoice: (account, id) => stateOf(account).invoices.get(id),
    dispute: (account, id) => stateOf(account).disputes.get(id),
    creditNotes: (account) => [...stateOf(account).credit_notes.values()],
    invoiceItems: (account) => [...stateOf(account).invoiceitems.values()],
    fail(next) {
      mode = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const RATE_LIMITED = {
  error: { type: "invalid_request_error", code: "rate_limit", message: "Request rate limit exceeded." },
};

function kindOf(request: ApiRequest, answer: ApiAnswer): TwinRequest["kind"] {
  if (request.method === "GET") return "resolve";
  if (answer.changed) return "effect";
  return answer.replayed ? "replay" : "refused";
}
