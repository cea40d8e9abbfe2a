import { stripe } from "@watchword/adapter-stripe";
import { type GatewayRequest, type SeenAction, canonicalRequest } from "@watchword/core";
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
      name: "a payment that is taken at once",
      call: (client) =>
        client.paymentIntents.create({ customer: "cus_1", amount: 1, currency: "usd", confirm: true }),
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
