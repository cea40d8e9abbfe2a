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
