import { stripe } from "@watchword/adapter-stripe";
import {
  type Adapter,
  type Connection,
  type GatewayRequest,
  SealedCredential,
  type SeenAction,
  canonicalRequest,
  newAction,
  systemClock,
} from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";

/** The stock client, given a fetch that keeps what a gateway would receive and answers with an empty object. */
function capturingClient() {
  const requests: GatewayRequest[] = [];
  const capture: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    requests.push(
      canonicalRequest({
        method: request.method,
        target: `${pathname}${search}`,
        headers: [...request.headers],
        body,
      }),
    );
    return Response.json({});
  };
  return {
    requests,
    client: new Stripe("handle", { httpClient: Stripe.createFetchHttpClient(capture), maxNetworkRetries: 0 }),
  };
}

describe("the adapter reads what the stock Stripe client writes", () => {
  test.for<{ name: string; call: (client: Stripe) => Promise<unknown>; seen: SeenAction }>([
    {
      name: "a refund of the whole",
      call: (client) => client.refunds.create({ charge: "ch_1" }),
      seen: { operation: "refunds.create", resource: {}, arguments: { charge: "ch_1" } },
    },
    {
      name: "a refund with everything",
      call: (client) =>
        client.refunds.create(
          { charge: "ch_1", amount: 1200, reason: "duplicate", metadata: { note: "a b&c=ä[1]", n: 7 } },
          { idempotencyKey: "x" },
        ),
      seen: {
        operation: "refunds.create",
        resource: {},
        arguments: {
          charge: "ch_1",
          amount: { minor: 1200 },
          reason: "duplicate",
          metadata: { note: "a b&c=ä[1]", n: "7" },
        },
      },
    },
    {
      name: "another account",
      call: (client) => client.refunds.create({ charge: "ch_1" }, { stripeAccount: "acct_other" }),
      seen: {
        operation: "refunds.create",
        resource: { account: "acct_other" },
        arguments: { charge: "ch_1" },
      },
    },
    {
      name: "a cancellation",
      call: (client) => client.refunds.cancel("re_1"),
      seen: { operation: "refunds.cancel", resource: {}, arguments: { refund: "re_1" } },
    },
    {
      name: "a charge",
      call: (client) => client.charges.retrieve("ch_1"),
      seen: { operation: "charges.retrieve", resource: {}, arguments: { charge: "ch_1" } },
    },
    {
      name: "charges",
      call: (client) => client.charges.list({ limit: 3 }),
      seen: { operation: "charges.list", resource: {}, arguments: { limit: 3 } },
    },
    {
      name: "a refund",
      call: (client) => client.refunds.retrieve("re_1"),
      seen: { operation: "refunds.retrieve", resource: {}, arguments: { refund: "re_1" } },
    },
    {
      name: "refunds",
      call: (client) => client.refunds.list({ charge: "ch_1" }),
      seen: { operation: "refunds.list", resource: {}, arguments: { charge: "ch_1" } },
    },
    {
      name: "a customer",
      call: (client) => client.customers.retrieve("cus_1"),
      seen: { operation: "customers.retrieve", resource: {}, arguments: { customer: "cus_1" } },
    },
    {
      name: "customers by their address",
      call: (client) => client.customers.list({ email: "a+b@acme.example" }),
      seen: { operation: "customers.list", resource: {}, arguments: { email: "a+b@acme.example" } },
    },
    {
      name: "a customer's new address",
      call: (client) =>
        client.customers.update("cus_1", { email: "b@acme.example", metadata: { note: "x" } }),
      seen: {
        operation: "customers.update",
        resource: {},
        arguments: { customer: "cus_1", email: "b@acme.example", metadata: { note: "x" } },
      },
    },
    {
      name: "a payment",
      call: (client) => client.paymentIntents.retrieve("pi_1"),
      seen: { operation: "payment_intents.retrieve", resource: {}, arguments: { payment_intent: "pi_1" } },
    },
    {
      name: "payments of a customer",
      call: (client) => client.paymentIntents.list({ customer: "cus_1" }),
      seen: { operation: "payment_intents.list", resource: {}, arguments: { customer: "cus_1" } },
    },
    {
      name: "a capture",
      call: (client) => client.paymentIntents.capture("pi_1", { amount_to_capture: 1200 }),
      seen: {
        operation: "payment_intents.capture",
        resource: {},
        arguments: { payment_intent: "pi_1", amount_to_capture: { minor: 1200 } },
      },
    },
    {
      name: "a payment given up",
      call: (client) => client.paymentIntents.cancel("pi_1", { cancellation_reason: "abandoned" }),
      seen: {
        operation: "payment_intents.cancel",
        resource: {},
        arguments: { payment_intent: "pi_1", cancellation_reason: "abandoned" },
      },
    },
    {
      name: "a subscription that ends with its period",
      call: (client) => client.subscriptions.update("sub_1", { cancel_at_period_end: true }),
      seen: {
        operation: "subscriptions.update",
        resource: {},
        arguments: { subscription: "sub_1", cancel_at_period_end: true },
      },
    },
    {
      name: "a subscription that ends now",
      call: (client) => client.subscriptions.cancel("sub_1"),
      seen: { operation: "subscriptions.cancel", resource: {}, arguments: { subscription: "sub_1" } },
    },
    {
      name: "open invoices",
      call: (client) => client.invoices.list({ customer: "cus_1", status: "open" }),
      seen: { operation: "invoices.list", resource: {}, arguments: { customer: "cus_1", status: "open" } },
    },
    {
      name: "a voided invoice",
      call: (client) => client.invoices.voidInvoice("in_1"),
      seen: { operation: "invoices.void", resource: {}, arguments: { invoice: "in_1" } },
    },
    {
      name: "evidence",
      call: (client) =>
        client.disputes.update("dp_1", { evidence: { uncategorized_text: "x" }, submit: false }),
      seen: {
        operation: "disputes.update",
        resource: {},
        arguments: { dispute: "dp_1", evidence: { uncategorized_text: "x" }, submit: false },
      },
    },
    {
      name: "a refund of a payment",
      call: (client) => client.refunds.create({ payment_intent: "pi_1", amount: 1200 }),
      seen: {
        operation: "refunds.create",
        resource: {},
        arguments: { payment_intent: "pi_1", amount: { minor: 1200 } },
      },
    },
    {
      name: "a dispute given up",
      call: (client) => client.disputes.close("dp_1"),
      seen: { operation: "disputes.close", resource: {}, arguments: { dispute: "dp_1" } },
    },
    {
      name: "a credit note",
      call: (client) =>
        client.creditNotes.create({
          invoice: "in_1",
          amount: 300,
          credit_amount: 300,
          reason: "order_change",
        }),
      seen: {
        operation: "credit_notes.create",
        resource: {},
        arguments: {
          invoice: "in_1",
          amount: { minor: 300 },
          credit_amount: { minor: 300 },
          reason: "order_change",
        },
      },
    },
    {
      name: "credit notes of an invoice",
      call: (client) => client.creditNotes.list({ invoice: "in_1" }),
      seen: { operation: "credit_notes.list", resource: {}, arguments: { invoice: "in_1" } },
    },
    {
      name: "an item of the next invoice",
      call: (client) =>
        client.invoiceItems.create({ customer: "cus_1", amount: 1200, currency: "usd", description: "x" }),
      seen: {
        operation: "invoiceitems.create",
        resource: {},
        arguments: { customer: "cus_1", amount: { minor: 1200, currency: "USD" }, description: "x" },
      },
    },
    {
      name: "an item taken back",
      call: (client) => client.invoiceItems.del("ii_1"),
      seen: { operation: "invoiceitems.delete", resource: {}, arguments: { invoiceitem: "ii_1" } },
    },
    {
      name: "the balance",
      call: (client) => client.balance.retrieve(),
      seen: { operation: "balance.retrieve", resource: {}, arguments: {} },
    },
    {
      name: "a payout",
      call: (client) => client.payouts.retrieve("po_1"),
      seen: { operation: "payouts.retrieve", resource: {}, arguments: { payout: "po_1" } },
    },
  ])("$name", async ({ call, seen }) => {
    const { client, requests } = capturingClient();
    await call(client);
    expect(requests.map((request) => stripe().actionOf(request))).toEqual([seen]);
  });

  test.for<{ name: string; call: (client: Stripe) => Promise<unknown> }>([
    { name: "expansion", call: (client) => client.charges.retrieve("ch_1", { expand: ["customer"] }) },
    { name: "a voided credit note", call: (client) => client.creditNotes.voidCreditNote("cn_1") },
    {
      name: "a credit note that pays back to a card",
      call: (client) => client.creditNotes.create({ invoice: "in_1", amount: 300, refund_amount: 300 }),
    },
    {
      name: "a credit note with lines",
      call: (client) =>
        client.creditNotes.create({
          invoice: "in_1",
          lines: [{ type: "custom_line_item", description: "x", quantity: 1, unit_amount: 300 }],
        }),
    },
    {
      name: "a price of the next invoice",
      call: (client) => client.invoiceItems.create({ customer: "cus_1", pricing: { price: "price_1" } }),
    },
    {
      name: "an item that is changed",
      call: (client) => client.invoiceItems.update("ii_1", { amount: 1 }),
    },
    {
      name: "a new charge",
      call: (client) => client.charges.create({ amount: 1, currency: "usd", source: "tok_visa" }),
    },
    {
      name: "a new payment",
      call: (client) => client.paymentIntents.create({ amount: 1, currency: "usd" }),
    },
    {
      name: "a customer's balance",
      call: (client) => client.customers.update("cus_1", { balance: -1000 }),
    },
    {
      name: "another price of a subscription",
      call: (client) => client.subscriptions.update("sub_1", { items: [{ price: "price_1" }] }),
    },
    {
      name: "the end of a subscription with an invoice",
      call: (client) => client.subscriptions.cancel("sub_1", { invoice_now: true }),
    },
    { name: "an invoice paid", call: (client) => client.invoices.pay("in_1") },
    { name: "a deleted customer", call: (client) => client.customers.del("cus_1") },
    { name: "a payout", call: (client) => client.payouts.create({ amount: 1, currency: "usd" }) },
    {
      name: "a transfer reversal with a refund",
      call: (client) => client.refunds.create({ charge: "ch_1", reverse_transfer: true }),
    },
  ])("and refuses $name", async ({ call }) => {
    const { client, requests } = capturingClient();
    await call(client);
    expect(requests).toHaveLength(1);
    for (const request of requests) expect(() => stripe().actionOf(request)).toThrow(/request_mismatch/);
  });
});

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
