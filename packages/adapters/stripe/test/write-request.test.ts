import { stripe } from "@watchword/adapter-stripe";
import { type Authority, type GatewayRequest, Refusal, SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";

const adapter = stripe();
const stamp = { decisionId: "dec_1", idempotencyKey: "effect-key" };
const authority: Authority = {
  system: "payments",
  operation: "refunds.create",
  access: "write",
  resource: { account: "acct_acme" },
  arguments: { charge: "ch_1", amount: { minor: 1200, currency: "USD" }, metadata: { note: "a&amount=9" } },
  native: {},
};
const tool: GatewayRequest = {
  method: "POST",
  path: "/v1/refunds",
  query: [],
  headers: {
    "stripe-account": "acct_other",
    "stripe-context": "acct_other",
    "idempotency-key": "the-agent's",
    "stripe-version": "2026-10-28.dahlia",
    "x-stripe-client-user-agent": "{}",
    "user-agent": "agent",
    authorization: "Bearer agent",
    "content-type": "application/x-www-form-urlencoded",
  },
  body: new TextEncoder().encode("charge=ch_1"),
};

const textOf = (body: Uint8Array | undefined) => new TextDecoder().decode(body);

describe("what leaves for Stripe", () => {
  test("a refund carries the decided amount, the decision and the gateway's headers, nothing else", () => {
    const sent = adapter.enforce(authority, tool, stamp);
    expect({ ...sent, body: textOf(sent.body) }).toEqual({
      method: "POST",
      url: "https://api.stripe.com/v1/refunds",
      headers: {
        accept: "application/json",
        "user-agent": "watchword-adapter-stripe",
        "stripe-account": "acct_acme",
        "stripe-version": "2026-10-28.dahlia",
        "idempotency-key": "effect-key",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: "charge=ch_1&amount=1200&metadata%5Bnote%5D=a%26amount%3D9&metadata%5Bwatchword_decision%5D=dec_1",
    });
  });

  test("an amount that the tool left out is written in, and one that it wrote is written over", () => {
    for (const form of ["charge=ch_1", "charge=ch_1&amount=999999"]) {
      const sent = adapter.enforce(authority, { ...tool, body: new TextEncoder().encode(form) }, stamp);
      expect(new URLSearchParams(textOf(sent.body)).getAll("amount")).toEqual(["1200"]);
    }
  });

  test.for(["2026-10-28.dahlia; x=1", "latest", "2026-10-28\r\nstripe-account: acct_other", ""])(
    "the version %j is dropped",
    (version) => {
      const sent = adapter.enforce(authority, { ...tool, headers: { "stripe-version": version } }, stamp);
      expect(sent.headers).not.toHaveProperty("stripe-version");
    },
  );

  test("a read has neither body nor idempotency key", () => {
    const read: Authority = {
      ...authority,
      operation: "charges.list",
      access: "read",
      arguments: { limit: 3, starting_after: "ch_1" },
    };
    const sent = adapter.enforce(read, tool, stamp);
    expect(sent).toMatchObject({
      method: "GET",
      url: "https://api.stripe.com/v1/charges?limit=3&starting_after=ch_1",
      body: undefined,
    });
    expect(sent.headers).not.toHaveProperty("idempotency-key");
  });

  test("a truth is written as one, and an update carries the decision", () => {
    const update: Authority = {
      ...authority,
      operation: "subscriptions.update",
      arguments: { subscription: "sub_1", cancel_at_period_end: false },
    };
    const sent = adapter.enforce(update, tool, stamp);
    expect(sent.url).toBe("https://api.stripe.com/v1/subscriptions/sub_1");
    expect(textOf(sent.body)).toBe("cancel_at_period_end=false&metadata%5Bwatchword_decision%5D=dec_1");
  });

  test("an amount of the next invoice goes with its currency, and what Stripe is not told stays here", () => {
    const amount = { minor: 1200, currency: "EUR" };
    const item: Authority = {
      ...authority,
      operation: "invoiceitems.create",
      arguments: { customer: "cus_1", amount },
    };
    expect(textOf(adapter.enforce(item, tool, stamp).body)).toBe(
      "customer=cus_1&amount=1200&currency=eur&metadata%5Bwatchword_decision%5D=dec_1",
    );
    const close: Authority = {
      ...authority,
      operation: "disputes.close",
      arguments: { dispute: "dp_1", disputed_amount: amount },
    };
    expect(adapter.enforce(close, tool, stamp)).toMatchObject({
      url: "https://api.stripe.com/v1/disputes/dp_1/close",
      body: undefined,
    });
  });

  test("a DELETE has neither body nor idempotency key, which Stripe does not take there", () => {
    const cancel: Authority = {
      ...authority,
      operation: "subscriptions.cancel",
      arguments: { subscription: "sub_1" },
    };
    const sent = adapter.enforce(cancel, tool, stamp);
    expect(sent).toMatchObject({
      method: "DELETE",
      url: "https://api.stripe.com/v1/subscriptions/sub_1",
      body: undefined,
    });
    expect(sent.headers).not.toHaveProperty("idempotency-key");
  });

  test.for([
    ["customers.update", { customer: "cus_1", name: "B" }],
    ["payment_intents.capture", { payment_intent: "pi_1", amount_to_capture: { minor: 1, currency: "USD" } }],
    ["payment_intents.cancel", { payment_intent: "pi_1" }],
    ["subscriptions.update", { subscription: "sub_1", cancel_at_period_end: true }],
    ["invoices.void", { invoice: "in_1" }],
    ["disputes.update", { dispute: "dp_1", evidence: { uncategorized_text: "x" }, submit: false }],
    ["refunds.cancel", { refund: "re_1" }],
    ["disputes.close", { dispute: "dp_1", disputed_amount: { minor: 1, currency: "USD" } }],
    ["credit_notes.create", { invoice: "in_1", amount: { minor: 1, currency: "USD" } }],
    ["payment_intents.create", { customer: "cus_1", amount: { minor: 1, currency: "USD" } }],
    ["invoiceitems.create", { customer: "cus_1", amount: { minor: 1, currency: "USD" } }],
  ] as const)("%s carries the key of its effect", ([operation, values]) => {
    const sent = adapter.enforce({ ...authority, operation, arguments: values }, tool, stamp);
    expect(sent.headers["idempotency-key"]).toBe("effect-key");
  });

  test("a shared account is named in no header", () => {
    const shared = stripe({ tenancy: { metadata: "tenant" } });
    expect(shared.enforce(authority, tool, stamp).headers).not.toHaveProperty("stripe-account");
  });

  test.for([
    { arguments: { charge: "ch_1", refund_application_fee: true } },
    { arguments: { charge: "ch_1", amount: { minor: 1200 } } },
    { arguments: { charge: "ch_1", metadata: { note: 1 } } },
    { operation: "refunds.retrieve", arguments: { refund: "../charges/ch_1" } },
    { operation: "refunds.retrieve", arguments: {} },
  ])("an authority that was never planned is not sent: %j", (change) => {
    expect(() => adapter.enforce({ ...authority, ...change }, tool, stamp)).toThrow(Refusal);
  });

  test.for(["acct_x\r\nauthorization: x", "platform", ""])(
    "the account %j is never put into a header",
    (account) => {
      expect(() => adapter.enforce({ ...authority, resource: { account } }, tool, stamp)).toThrow(/acct_…/);
    },
  );

  test("the key goes in last, and only a key", () => {
    const sent = adapter.enforce(authority, tool, stamp);
    expect(adapter.inject(sent, new SealedCredential("rk_test_1"))).toEqual({
      ...sent,
      headers: { ...sent.headers, authorization: "Bearer rk_test_1" },
    });
    expect(() => adapter.inject(sent, new SealedCredential("rk_test_1\r\nx: y"))).toThrow(
      /no Stripe key has/,
    );
  });
});
