import { type Connection, Refusal, type ValueMap, newAction, systemClock } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { stripe } from "@watchword/adapter-stripe";
import { connectedFixture, connection, sharedFixture } from "./stripe-fixture.ts";

const action = (operation: string, values: ValueMap) =>
  newAction({ system: "payments", operation, resource: {}, arguments: values });
const contextOf = (connected: Connection, fetcher: typeof fetch = fetch) => ({
  connection: connected,
  fetch: fetcher,
  clock: systemClock,
  signal: AbortSignal.timeout(2_000),
});

describe("facts about a charge", () => {
  test("owner, currency and what remains, under the tenant's account", async () => {
    await using fixture = await connectedFixture();
    const facts = await fixture.adapter.resolve(
      action("refunds.create", { charge: "ch_example" }),
      contextOf(fixture.own),
    );
    expect(facts).toEqual({
      owners: { charge: "tenant" },
      values: {
        charge: {
          currency: "USD",
          amountMinor: 4200,
          refundedMinor: 500,
          remainingMinor: 3700,
          status: "succeeded",
          disputed: false,
        },
      },
    });
    expect(fixture.twin.requests).toMatchObject([
      { kind: "resolve", path: "/v1/charges/ch_example", account: "acct_acme" },
    ]);
  });

  test("equal ids: each tenant sees its own charge", async () => {
    await using fixture = await connectedFixture();
    const seen = await Promise.all(
      [fixture.own, fixture.other].map((each) =>
        fixture.adapter.resolve(action("refunds.create", { charge: "ch_example" }), contextOf(each)),
      ),
    );
    expect(seen.map((facts) => facts.values["charge"])).toMatchObject([
      { currency: "USD" },
      { currency: "EUR" },
    ]);
  });

  test("of a refund: its own, and its charge's", async () => {
    await using fixture = await connectedFixture();
    const facts = await fixture.adapter.resolve(
      action("refunds.cancel", { refund: "re_example" }),
      contextOf(fixture.own),
    );
    expect(facts).toMatchObject({
      owners: { refund: "tenant" },
      values: { refund: { amountMinor: 500, status: "requires_action" }, charge: { currency: "USD" } },
    });
  });

  test.for([
    { charge: "ch_example", owner: "tenant" },
    { charge: "ch_globex", owner: "other" },
    { charge: "ch_unmarked", owner: "unknown" },
    { charge: "ch_nowhere", owner: "unknown" },
  ])("in a shared account $charge is $owner", async ({ charge, owner }) => {
    await using fixture = await sharedFixture();
    const facts = await fixture.adapter.resolve(
      action("charges.retrieve", { charge }),
      contextOf(fixture.own),
    );
    expect(facts.owners).toEqual({ charge: owner });
    expect(Object.keys(facts.values)).toEqual(owner === "tenant" ? ["charge"] : []);
    expect(fixture.twin.requests.map((request) => request.account)).toEqual([undefined]);
  });

  test("of a payment: what can be captured; of a customer: nothing that is personal", async () => {
    await using fixture = await connectedFixture();
    const look = (operation: string, values: ValueMap) =>
      fixture.adapter.resolve(action(operation, values), contextOf(fixture.own));
    expect(await look("payment_intents.capture", { payment_intent: "pi_example" })).toEqual({
      owners: { payment_intent: "tenant" },
      values: {
        payment_intent: {
          currency: "USD",
          amountMinor: 3000,
          capturableMinor: 3000,
          status: "requires_capture",
        },
      },
    });
    expect(await look("customers.retrieve", { customer: "cus_example" })).toEqual({
      owners: { customer: "tenant" },
      values: { customer: { deleted: false } },
    });
  });

  test.for([
    { customer: "cus_example", owner: "tenant" },
    { customer: "cus_globex", owner: "other" },
    { customer: "cus_unmarked", owner: "unknown" },
  ])("in a shared account $customer is $owner", async ({ customer, owner }) => {
    await using fixture = await sharedFixture();
    const found = await fixture.adapter.resolve(
      action("customers.update", { customer, name: "B" }),
      contextOf(fixture.own),
    );
    expect(found.owners).toEqual({ customer: owner });
  });

  test.for([
    {
      values: { subscription: "sub_globex" },
      operation: "subscriptions.cancel",
      behind: "customers/cus_globex",
    },
    { values: { invoice: "in_globex" }, operation: "invoices.void", behind: "customers/cus_globex" },
    { values: { dispute: "dp_globex" }, operation: "disputes.close", behind: "charges/ch_globex" },
    {
      values: { invoice: "in_globex" },
      operation: "credit_notes.create",
      behind: "customers/cus_globex",
    },
    {
      values: { credit_note: "cn_globex" },
      operation: "credit_notes.retrieve",
      behind: "customers/cus_globex",
    },
    {
      values: { invoiceitem: "ii_globex" },
      operation: "invoiceitems.delete",
      behind: "customers/cus_globex",
    },
  ])("in a shared account $operation is about whose $behind is", async ({ values, operation, behind }) => {
    await using fixture = await sharedFixture();
    const found = await fixture.adapter.resolve(action(operation, values), contextOf(fixture.own));
    expect([Object.values(found.owners), found.values]).toEqual([["other"], {}]);
    expect(fixture.twin.requests.at(-1)?.path).toBe(`/v1/${behind}`);
  });

  test("under an account of one's own nobody behind an invoice is looked up", async () => {
    await using fixture = await connectedFixture();
    const found = await fixture.adapter.resolve(
      action("invoices.void", { invoice: "in_example" }),
      contextOf(fixture.own),
    );
    expect(found).toEqual({
      owners: { invoice: "tenant" },
      values: {
        invoice: {
          currency: "USD",
          amountMinor: 900,
          remainingMinor: 900,
          creditableMinor: 900,
          status: "open",
          customer: "cus_example",
        },
      },
    });
    expect(fixture.twin.requests).toHaveLength(1);
  });

  test("of a payment to be refunded: what remains of the charge that it took", async () => {
    await using fixture = await connectedFixture();
    const found = await fixture.adapter.resolve(
      action("refunds.create", { payment_intent: "pi_taken" }),
      contextOf(fixture.own),
    );
    expect(found).toMatchObject({
      owners: { payment_intent: "tenant" },
      values: { payment_intent: { status: "succeeded" }, charge: { currency: "USD", remainingMinor: 3700 } },
    });
    expect(fixture.twin.requests.map(({ path }) => path)).toEqual([
      "/v1/payment_intents/pi_taken",
      "/v1/charges/ch_example",
    ]);
  });

  test.for([
    { payment_intent: "pi_taken", owner: "tenant", asked: 2 },
    { payment_intent: "pi_mixed", owner: "other", asked: 2 },
    { payment_intent: "pi_globex", owner: "other", asked: 1 },
  ])("in a shared account a refund of $payment_intent is $owner's, by its charge too", async (seen) => {
    await using fixture = await sharedFixture();
    const { payment_intent, owner, asked } = seen;
    const found = await fixture.adapter.resolve(
      action("refunds.create", { payment_intent }),
      contextOf(fixture.own),
    );
    expect(found.owners).toEqual({ payment_intent: owner });
    expect(Object.keys(found.values)).toEqual(owner === "tenant" ? ["payment_intent", "charge"] : []);
    expect(fixture.twin.requests).toHaveLength(asked);
  });

  test("a list needs no lookup", async () => {
    await using fixture = await connectedFixture();
    expect(await fixture.adapter.resolve(action("charges.list", {}), contextOf(fixture.own))).toEqual({
      owners: {},
      values: {},
    });
    expect(fixture.twin.requests).toEqual([]);
  });

  test("an id that is a path reaches nobody", async () => {
    await using fixture = await connectedFixture();
    await expect(
      fixture.adapter.resolve(
        action("charges.retrieve", { charge: "ch_1/../../v1/balance" }),
        contextOf(fixture.own),
      ),
    ).rejects.toThrow(Refusal);
    expect(fixture.twin.requests).toEqual([]);
  });
});

describe("answers that are not what was asked for", () => {
  const charge = {
    id: "ch_1",
    object: "charge",
    amount: 100,
    amount_refunded: 0,
    currency: "usd",
    status: "succeeded",
  };
  const answering =
    (body: unknown): typeof fetch =>
    async () =>
      Response.json(body);

  test.for([
    { name: "another charge", body: { ...charge, id: "ch_2" } },
    { name: "another kind of object", body: { ...charge, object: "refund" } },
    { name: "a negative amount", body: { ...charge, amount: -1 } },
    { name: "a fraction", body: { ...charge, amount_refunded: 0.5 } },
    { name: "no currency", body: { ...charge, currency: undefined } },
    { name: "null", body: null },
    { name: "more than 64 KiB", body: { ...charge, description: "x".repeat(70_000) } },
  ])("$name: unavailable", async ({ body }) => {
    const context = contextOf(connection("acme", "acct_acme"), answering(body));
    await expect(
      stripe().resolve(action("refunds.create", { charge: "ch_1" }), context),
    ).rejects.toMatchObject({ reason: "downstream_unavailable" });
  });

  test("an invoice of a shared account that belongs to no customer is nobody's, and its id reaches nobody", async () => {
    const tenancy = { metadata: "tenant" };
    const invoice = { id: "in_1", object: "invoice", amount_due: 1, amount_remaining: 1, currency: "usd" };
    for (const customer of [null, "cus_1/../../charges", "ch_1"]) {
      const asked: string[] = [];
      const answer: typeof fetch = async (input) => {
        asked.push(new Request(input).url);
        return Response.json({ ...invoice, customer, metadata: { tenant: "acme" } });
      };
      const context = contextOf(connection("acme", "acct_shared"), answer);
      const facts = await stripe({ tenancy }).resolve(action("invoices.void", { invoice: "in_1" }), context);
      expect(facts).toEqual({ owners: { invoice: "unknown" }, values: {} });
      expect(asked).toEqual(["https://api.stripe.com/v1/invoices/in_1"]);
    }
  });

  test.for([
    { name: "open: what it asks for", state: { status: "open" }, creditableMinor: 40 },
    {
      name: "paid: what was paid and not credited yet",
      state: { status: "paid", amount_paid: 100, post_payment_credit_notes_amount: 30 },
      creditableMinor: 70,
    },
    {
      name: "paid, and nothing said of credits",
      state: { status: "paid", amount_paid: 100 },
      creditableMinor: 0,
    },
    { name: "a draft", state: { status: "draft" }, creditableMinor: 0 },
    { name: "void", state: { status: "void" }, creditableMinor: 0 },
  ])("what can be credited of an invoice, $name", async ({ state, creditableMinor }) => {
    const invoice = { id: "in_1", object: "invoice", amount_due: 100, amount_remaining: 40, currency: "usd" };
    const context = contextOf(connection("acme", "acct_acme"), answering({ ...invoice, ...state }));
    const facts = await stripe().resolve(action("credit_notes.create", { invoice: "in_1" }), context);
    expect(facts.values["invoice"]).toMatchObject({ creditableMinor });
  });

  test("a partly captured charge gives back no more than was captured", async () => {
    const context = contextOf(
      connection("acme", "acct_acme"),
      answering({ ...charge, captured: true, amount_captured: 60 }),
    );
    const facts = await stripe().resolve(action("refunds.create", { charge: "ch_1" }), context);
    expect(facts.values["charge"]).toMatchObject({ amountMinor: 100, remainingMinor: 60 });
  });
});
