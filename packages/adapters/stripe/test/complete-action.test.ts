import { stripe } from "@watchword/adapter-stripe";
import { type Facts, Refusal, type ValueMap, newAction } from "@watchword/core";
import { describe, expect, test } from "vitest";

const adapter = stripe();
const facts = (remainingMinor: number): Facts => ({
  owners: { charge: "tenant" },
  values: { charge: { currency: "EUR", remainingMinor } },
});
const refund = (values: ValueMap, resource = {}) =>
  newAction({
    system: "payments",
    operation: "refunds.create",
    resource,
    arguments: { charge: "ch_1", ...values },
  });

function refusal(attempt: () => unknown): readonly [string, string | undefined] {
  try {
    attempt();
  } catch (error) {
    if (Refusal.is(error)) return [error.reason, error.failedFact];
    throw error;
  }
  throw new Error("was not refused");
}

describe("the amount of a refund", () => {
  test("absent: what remains of the charge, in its currency", () => {
    const completed = adapter.complete(refund({}), facts(4200), "acct_acme");
    expect(completed).toEqual({
      resource: { account: "acct_acme" },
      arguments: { charge: "ch_1", amount: { minor: 4200, currency: "EUR" } },
    });
  });

  test("without a currency: the charge's", () => {
    expect(
      adapter.complete(refund({ amount: { minor: 4200 } }), facts(4200), "acct_acme").arguments["amount"],
    ).toEqual({ minor: 4200, currency: "EUR" });
  });

  test.for<{ name: string; amount?: ValueMap; remaining: number }>([
    { name: "zero", amount: { minor: 0 }, remaining: 4200 },
    { name: "one more than what remains", amount: { minor: 4201 }, remaining: 4200 },
    { name: "in another currency", amount: { minor: 1, currency: "USD" }, remaining: 4200 },
    { name: "absent, when nothing remains", remaining: 0 },
  ])("$name: refused", ({ amount, remaining }) => {
    const action = refund(amount === undefined ? {} : { amount });
    expect(refusal(() => adapter.complete(action, facts(remaining), "acct_acme"))).toEqual([
      "condition_failed",
      "argument:amount",
    ]);
  });

  // https://docs.stripe.com/currencies: MGA without decimals, ISK and UGX with two; ISO 4217 has it the other way round.
  test.for(["MGA", "ISK", "UGX"])("in %s, which Stripe counts in another unit: refused", (currency) => {
    const found: Facts = {
      owners: { charge: "tenant" },
      values: { charge: { currency, remainingMinor: 10_000 } },
    };
    for (const values of [{}, { amount: { minor: 10_000 } }, { amount: { minor: 10_000, currency } }])
      expect(refusal(() => adapter.complete(refund(values), found, "acct_acme"))).toEqual([
        "condition_failed",
        "argument:amount",
      ]);
  });

  test("stays as proposed when the charge is not the tenant's: the decision refuses for the owner", () => {
    const unknown: Facts = { owners: { charge: "unknown" }, values: {} };
    for (const values of [{}, { amount: { minor: 999_999_999 } }]) {
      expect(adapter.complete(refund(values), unknown, "acct_acme").arguments).toEqual({
        charge: "ch_1",
        ...values,
      });
    }
  });

  test("undecided, a refund is not planned: Stripe would refund whatever remains", () => {
    for (const values of [{}, { amount: { minor: 5 } }]) {
      const action = { ...refund(values), resource: { account: "acct_acme" } };
      expect(refusal(() => adapter.plan(action))).toEqual(["condition_failed", "argument:amount"]);
    }
  });
});

describe("the tenant of a shared account", () => {
  const shared = stripe({ tenancy: { metadata: "tenant" } });

  test.for(["other", "unknown"] as const)(
    "a charge of owner %s is refused whatever a grant says",
    (owner) => {
      const found: Facts = { owners: { charge: owner }, values: {} };
      expect(refusal(() => shared.complete(refund({}), found, "acct_shared"))).toEqual([
        "tenant_mismatch",
        "tenant",
      ]);
    },
  );

  test.for(["customers.update", "refunds.create"])(
    "%s may not write the mark that says whose it is",
    (operation) => {
      const action = newAction({
        system: "payments",
        operation,
        resource: {},
        arguments: { customer: "cus_1", charge: "ch_1", metadata: { note: "x", tenant: "globex" } },
      });
      const own: Facts = { owners: { customer: "tenant" }, values: {} };
      expect(refusal(() => shared.complete(action, own, "acct_shared"))).toEqual([
        "tenant_mismatch",
        "argument:metadata",
      ]);
      expect(adapter.complete(action, own, "acct_acme").arguments).toEqual(action.arguments);
    },
  );
});

describe("the amount of a capture", () => {
  const capture = (values: ValueMap) =>
    newAction({
      system: "payments",
      operation: "payment_intents.capture",
      resource: {},
      arguments: { payment_intent: "pi_1", ...values },
    });
  const authorized = (capturableMinor: number): Facts => ({
    owners: { payment_intent: "tenant" },
    values: { payment_intent: { currency: "EUR", capturableMinor } },
  });

  test("absent: all that was authorized, in its currency", () => {
    expect(adapter.complete(capture({}), authorized(3000), "acct_acme").arguments).toEqual({
      payment_intent: "pi_1",
      amount_to_capture: { minor: 3000, currency: "EUR" },
    });
  });

  test.for<{ name: string; amount?: ValueMap; capturable: number }>([
    { name: "zero", amount: { minor: 0 }, capturable: 3000 },
    { name: "one more than was authorized", amount: { minor: 3001 }, capturable: 3000 },
    { name: "in another currency", amount: { minor: 1, currency: "USD" }, capturable: 3000 },
    { name: "absent, when nothing can be captured", capturable: 0 },
  ])("$name: refused", ({ amount, capturable }) => {
    const action = capture(amount === undefined ? {} : { amount_to_capture: amount });
    expect(refusal(() => adapter.complete(action, authorized(capturable), "acct_acme"))).toEqual([
      "condition_failed",
      "argument:amount_to_capture",
    ]);
  });

  test("undecided, it is not planned: Stripe would take whatever was authorized", () => {
    const action = { ...capture({}), resource: { account: "acct_acme" } };
    expect(refusal(() => adapter.plan(action))).toEqual(["condition_failed", "argument:amount_to_capture"]);
  });
});

describe("a refund by its payment", () => {
  const byPayment = (values: ValueMap) =>
    newAction({
      system: "payments",
      operation: "refunds.create",
      resource: {},
      arguments: { payment_intent: "pi_1", ...values },
    });
  const payment = { currency: "EUR", amountMinor: 4200, status: "succeeded" };

  test("is measured by the charge that the payment took", () => {
    const found: Facts = {
      owners: { payment_intent: "tenant" },
      values: { payment_intent: payment, charge: { currency: "EUR", remainingMinor: 700 } },
    };
    expect(adapter.complete(byPayment({}), found, "acct_acme").arguments).toEqual({
      payment_intent: "pi_1",
      amount: { minor: 700, currency: "EUR" },
    });
    expect(
      refusal(() => adapter.complete(byPayment({ amount: { minor: 701 } }), found, "acct_acme")),
    ).toEqual(["condition_failed", "argument:amount"]);
  });

  test("is refused while the payment took nothing, also with an amount and its currency", () => {
    const found: Facts = { owners: { payment_intent: "tenant" }, values: { payment_intent: payment } };
    for (const values of [{}, { amount: { minor: 1, currency: "EUR" } }])
      expect(refusal(() => adapter.complete(byPayment(values), found, "acct_acme"))).toEqual([
        "condition_failed",
        "argument:amount",
      ]);
  });
});

describe("what Stripe takes as a whole", () => {
  const WHOLE = [
    {
      operation: "disputes.close",
      named: { dispute: "dp_1" },
      argument: "disputed_amount",
      values: { dispute: { currency: "EUR", amountMinor: 900 } },
    },
    {
      operation: "invoices.void",
      named: { invoice: "in_1" },
      argument: "amount_remaining",
      values: { invoice: { currency: "EUR", amountMinor: 1000, remainingMinor: 900 } },
    },
    {
      operation: "invoiceitems.delete",
      named: { invoiceitem: "ii_1" },
      argument: "item_amount",
      values: { invoiceitem: { currency: "EUR", amountMinor: 900 } },
    },
  ] as const;

  test.for(WHOLE)("$operation is decided with its amount, and no other is believed", (seen) => {
    const { operation, named, argument, values } = seen;
    const found: Facts = { owners: {}, values };
    const complete = (more: ValueMap) =>
      adapter.complete(
        newAction({ system: "payments", operation, resource: {}, arguments: { ...named, ...more } }),
        found,
        "acct_acme",
      );
    const whole = { minor: 900, currency: "EUR" };
    for (const more of [{}, { [argument]: { minor: 900 } }, { [argument]: whole }])
      expect(complete(more).arguments).toEqual({ ...named, [argument]: whole });
    for (const amount of [{ minor: 899 }, { minor: 901 }, { minor: 0 }, { minor: 900, currency: "USD" }])
      expect(refusal(() => complete({ [argument]: amount }))).toEqual([
        "condition_failed",
        `argument:${argument}`,
      ]);
  });

  test("an item in the customer's favour is not taken back", () => {
    const action = newAction({
      system: "payments",
      operation: "invoiceitems.delete",
      resource: {},
      arguments: { invoiceitem: "ii_1" },
    });
    const found: Facts = { owners: {}, values: { invoiceitem: { currency: "EUR", amountMinor: -900 } } };
    expect(refusal(() => adapter.complete(action, found, "acct_acme"))).toEqual([
      "condition_failed",
      "argument:item_amount",
    ]);
  });
});

describe("a credit note", () => {
  const credit = (values: ValueMap) =>
    newAction({
      system: "payments",
      operation: "credit_notes.create",
      resource: {},
      arguments: { invoice: "in_1", ...values },
    });
  const invoice = (status: string): Facts => ({
    owners: { invoice: "tenant" },
    values: { invoice: { currency: "EUR", creditableMinor: 900, status } },
  });
  const complete = (values: ValueMap, status: string) =>
    adapter.complete(credit(values), invoice(status), "acct_acme").arguments;
  const [amount, more] = [
    { minor: 300, currency: "EUR" },
    { minor: 301, currency: "EUR" },
  ];

  test("of an open invoice is at most what it asks for, and gives nobody anything", () => {
    expect(complete({}, "open")).toEqual({ invoice: "in_1", amount: { minor: 900, currency: "EUR" } });
    expect(refusal(() => complete({ amount: { minor: 901 } }, "open"))).toEqual([
      "condition_failed",
      "argument:amount",
    ]);
    expect(refusal(() => complete({ amount, credit_amount: amount }, "open"))).toEqual([
      "condition_failed",
      "argument:credit_amount",
    ]);
  });

  test("of a paid one says that the balance gets it, and exactly it", () => {
    expect(complete({ amount: { minor: 300 }, credit_amount: { minor: 300 } }, "paid")).toEqual({
      invoice: "in_1",
      amount,
      credit_amount: amount,
    });
    for (const values of [
      { amount },
      { amount, credit_amount: more },
      { amount, credit_amount: { minor: 300, currency: "USD" } },
    ])
      expect(refusal(() => complete(values, "paid"))).toEqual(["condition_failed", "argument:credit_amount"]);
  });
});

describe.for(["invoiceitems.create", "payment_intents.create"])(
  "what %s asks a customer for",
  (operation) => {
    const item = (amount: ValueMap) =>
      newAction({
        system: "payments",
        operation,
        resource: {},
        arguments: { customer: "cus_1", amount },
      });
    const own: Facts = { owners: { customer: "tenant" }, values: { customer: { deleted: false } } };

    test("keeps the amount and the currency that policy and people said yes to", () => {
      const amount = { minor: 300, currency: "EUR" };
      expect(adapter.complete(item(amount), own, "acct_acme").arguments).toEqual({
        customer: "cus_1",
        amount,
      });
    });

    test.for([
      { minor: 0, currency: "EUR" },
      { minor: 100, currency: "ISK" },
    ])("of %j is refused", (amount) => {
      expect(refusal(() => adapter.complete(item(amount), own, "acct_acme"))).toEqual([
        "condition_failed",
        "argument:amount",
      ]);
    });
  },
);
