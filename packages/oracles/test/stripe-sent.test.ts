import { stripe } from "@watchword/adapter-stripe";
import {
  type Adapter,
  type Connection,
  SealedCredential,
  canonicalRequest,
  newAction,
  systemClock,
} from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";

describe("the stock client's calls, sent on as the gateway sends them", () => {
  test("reach the twin as they were decided, and the client reads the answers", async () => {
    const customer = "cus_1";
    await using twin = await stripeTwin({
      accounts: {
        acct_a: {
          charges: { ch_1: { amount: 4200, currency: "usd" } },
          customers: { cus_1: { email: "a@acme.example" } },
          payment_intents: {
            pi_1: { amount: 3000, currency: "usd", customer },
            pi_2: { amount: 4200, currency: "usd", status: "succeeded", latest_charge: "ch_1" },
          },
          subscriptions: { sub_1: { customer } },
          invoices: {
            in_1: { customer, amount_due: 900, currency: "usd" },
            in_2: { customer, amount_due: 900, currency: "usd" },
          },
          disputes: {
            dp_1: { charge: "ch_1", amount: 100, currency: "usd" },
            dp_2: { charge: "ch_1", amount: 100, currency: "usd" },
          },
          balance: { usd: 4200 },
        },
      },
      keys: [{ secret: KEY, permissions: PERMISSIONS }],
    });
    const client = clientThrough(stripe({ baseUrl: twin.url }));
    expect(await client.customers.update("cus_1", { name: "B" })).toMatchObject({ name: "B" });
    expect(await client.paymentIntents.capture("pi_1")).toMatchObject({ amount_received: 3000 });
    expect(await client.subscriptions.update("sub_1", { cancel_at_period_end: true })).toMatchObject({
      cancel_at_period_end: true,
    });
    expect(await client.subscriptions.cancel("sub_1")).toMatchObject({ status: "canceled" });
    expect(await client.invoices.voidInvoice("in_1")).toMatchObject({ status: "void" });
    expect(
      await client.disputes.update("dp_1", { evidence: { uncategorized_text: "x" }, submit: true }),
    ).toMatchObject({ status: "under_review" });
    expect(await client.refunds.create({ payment_intent: "pi_2" })).toMatchObject({
      amount: 4200,
      charge: "ch_1",
    });
    expect(await client.paymentIntents.create({ customer, amount: 500, currency: "usd" })).toMatchObject({
      status: "requires_payment_method",
      customer,
    });
    expect(await client.disputes.close("dp_2")).toMatchObject({ status: "lost" });
    expect(await client.creditNotes.create({ invoice: "in_2", amount: 300 })).toMatchObject({ amount: 300 });
    const item = await client.invoiceItems.create({ customer, amount: 700, currency: "usd" });
    expect(item).toMatchObject({ amount: 700, currency: "usd", customer });
    expect(await client.invoiceItems.del(item.id)).toMatchObject({ deleted: true });
    expect((await client.invoices.list({ customer, status: "open" })).data).toMatchObject([
      { id: "in_2", amount_remaining: 600 },
    ]);
    expect(await client.balance.retrieve()).toMatchObject({ available: [{ amount: 4200 }] });
    const effects = twin.requests.filter(({ kind }) => kind === "effect");
    expect(effects.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      "effect-0",
      "effect-1",
      "effect-2",
      undefined,
      "effect-4",
      "effect-5",
      "effect-6",
      "effect-7",
      "effect-8",
      "effect-9",
      "effect-10",
      undefined,
    ]);
    expect(new Set(effects.map(({ account }) => account))).toEqual(new Set(["acct_a"]));
  });
});

const KEY = "rk_test_51OracleKey00000000";
const PERMISSIONS = {
  charges: "read",
  refunds: "write",
  credit_notes: "write",
  invoiceitems: "write",
  customers: "write",
  payment_intents: "write",
  subscriptions: "write",
  invoices: "write",
  disputes: "write",
  balance: "read",
} as const;

/** The stock client over a fetch that decides each call as it was made, and sends what the adapter writes of it. */
function clientThrough(adapter: Adapter): Stripe {
  const connection: Connection = {
    tenant: "acme",
    system: "payments",
    account: "acct_a",
    settings: {},
    secret: new SealedCredential(KEY),
  };
  const signal = new AbortController().signal;
  const context = { connection, fetch, clock: systemClock, signal };
  let calls = 0;
  const through: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const received = canonicalRequest({
      method: request.method,
      target: `${pathname}${search}`,
      headers: [...request.headers],
      body: new Uint8Array(await request.arrayBuffer()),
    });
    const action = newAction({ system: "payments", ...adapter.actionOf(received) });
    const facts = await adapter.resolve(action, context);
    const authority = adapter.plan({ ...action, ...adapter.complete(action, facts, connection.account) });
    const idempotencyKey = `effect-${calls}`;
    if (authority.access === "write") calls++;
    const sent = adapter.enforce(authority, received, { decisionId: "dec_1", idempotencyKey });
    const { url, method, headers, body } = adapter.inject(sent, connection.secret);
    const answer = await fetch(url, {
      method,
      headers: { ...headers },
      body: body === undefined ? null : new Uint8Array(body),
    });
    const response = {
      status: answer.status,
      headers: {},
      body: new Uint8Array(await answer.clone().arrayBuffer()),
    };
    expect(adapter.outcomeOf(authority, response).effect, authority.operation).toBe("done");
    return answer;
  };
  return new Stripe("handle", { httpClient: Stripe.createFetchHttpClient(through), maxNetworkRetries: 0 });
}
