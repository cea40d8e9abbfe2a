import { stripeTwin } from "@watchword/emulators/stripe";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";

const KEY = "rk_test_51OracleKey00000000";
const READER = "rk_test_51OracleReader00000";

function startTwin() {
  const charges = Object.fromEntries(
    Array.from({ length: 7 }, (_, index) => [`ch_${index}`, { amount: 4200, currency: "usd" }]),
  );
  return stripeTwin({
    accounts: {
      acct_a: {
        charges,
        customers: { cus_1: { name: "A", email: "a@acme.example" }, cus_2: {} },
        payment_intents: {
          pi_1: { amount: 3000, currency: "usd", customer: "cus_1" },
          pi_2: { amount: 3000, currency: "usd" },
        },
      },
      acct_b: { charges: { ch_b: { amount: 5, currency: "jpy" } } },
    },
    keys: [
      {
        secret: KEY,
        permissions: { charges: "read", refunds: "write", customers: "write", payment_intents: "write" },
      },
      { secret: READER, permissions: { charges: "read" } },
    ],
  });
}

/** The stock client, as an application makes it, pointed at the twin. */
function client(url: string, key = KEY): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0, telemetry: false });
}

async function failureOf(attempt: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("the stock Stripe client on the twin", () => {
  test("retrieves a charge, refunds a part of it and reads the refund back", async () => {
    await using twin = await startTwin();
    const stripe = client(twin.url);
    expect(await stripe.charges.retrieve("ch_1")).toMatchObject({
      object: "charge",
      amount: 4200,
      currency: "usd",
    });
    const made = await stripe.refunds.create({
      charge: "ch_1",
      amount: 1200,
      reason: "requested_by_customer",
      metadata: { order: "7" },
    });
    expect(made).toMatchObject({
      object: "refund",
      amount: 1200,
      charge: "ch_1",
      metadata: { order: "7" },
      status: "succeeded",
    });
    expect(await stripe.refunds.retrieve(made.id)).toMatchObject({ id: made.id });
    expect(await stripe.charges.retrieve("ch_1")).toMatchObject({ amount_refunded: 1200, refunded: false });
  });

  test("works on a connected account", async () => {
    await using twin = await startTwin();
    expect(await client(twin.url).charges.retrieve("ch_b", {}, { stripeAccount: "acct_b" })).toMatchObject({
      currency: "jpy",
    });
    expect(twin.requests).toMatchObject([{ account: "acct_b" }]);
  });

  test("pages through a list by itself", async () => {
    await using twin = await startTwin();
    const ids: string[] = [];
    for await (const charge of client(twin.url).charges.list({ limit: 3 })) ids.push(charge.id);
    expect(ids).toEqual(["ch_6", "ch_5", "ch_4", "ch_3", "ch_2", "ch_1", "ch_0"]);
    expect(twin.requests).toHaveLength(3);
  });

  test("gets the same refund for the same idempotency key", async () => {
    await using twin = await startTwin();
    const stripe = client(twin.url);
    const [one, again] = [
      await stripe.refunds.create({ charge: "ch_1" }, { idempotencyKey: "k" }),
      await stripe.refunds.create({ charge: "ch_1" }, { idempotencyKey: "k" }),
    ];
    expect(again.id).toBe(one.id);
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(twin.refunds("acct_a")).toHaveLength(1);
  });

  test("throws its own errors for what the twin refuses", async () => {
    await using twin = await startTwin();
    const stripe = client(twin.url);
    await stripe.refunds.create({ charge: "ch_2", amount: 1 }, { idempotencyKey: "used" });
    const failures = {
      missing: await failureOf(stripe.charges.retrieve("ch_nowhere")),
      foreign: await failureOf(stripe.charges.retrieve("ch_b")),
      tooMuch: await failureOf(stripe.refunds.create({ charge: "ch_1", amount: 4201 })),
      unknownKey: await failureOf(client(twin.url, "rk_test_51OracleNobody00000").charges.retrieve("ch_1")),
      permission: await failureOf(client(twin.url, READER).refunds.create({ charge: "ch_1" })),
      account: await failureOf(stripe.charges.retrieve("ch_1", {}, { stripeAccount: "acct_nowhere" })),
      reusedKey: await failureOf(
        stripe.refunds.create({ charge: "ch_2", amount: 2 }, { idempotencyKey: "used" }),
      ),
    };
    expect(
      Object.fromEntries(
        Object.entries(failures).map(([name, error]) => [name, [error.type, error.statusCode, error.code]]),
      ),
    ).toEqual({
      missing: ["StripeInvalidRequestError", 404, "resource_missing"],
      foreign: ["StripeInvalidRequestError", 404, "resource_missing"],
      tooMuch: ["StripeInvalidRequestError", 400, undefined],
      unknownKey: ["StripeAuthenticationError", 401, undefined],
      permission: ["StripePermissionError", 403, "more_permissions_required"],
      account: ["StripePermissionError", 403, "account_invalid"],
      reusedKey: ["StripeIdempotencyError", 400, undefined],
    });
  });

  test("throws its own errors when the twin fails", async () => {
    await using twin = await startTwin();
    const stripe = client(twin.url);
    twin.fail("429");
    expect((await failureOf(stripe.charges.retrieve("ch_1"))).type).toBe("StripeRateLimitError");
    twin.fail("500-after-effect");
    expect((await failureOf(stripe.refunds.create({ charge: "ch_1" }))).type).toBe("StripeAPIError");
    twin.fail("down");
    expect((await failureOf(stripe.charges.retrieve("ch_1"))).type).toBe("StripeConnectionError");
  });

  test("changes a customer, captures a part of a payment and gives up another", async () => {
    await using twin = await startTwin();
    const stripe = client(twin.url);
    expect(await stripe.customers.update("cus_1", { name: "B", metadata: { note: "x" } })).toMatchObject({
      object: "customer",
      name: "B",
      email: "a@acme.example",
      metadata: { note: "x" },
    });
    expect((await stripe.customers.list({ email: "a@acme.example" })).data).toMatchObject([{ id: "cus_1" }]);
    expect(await stripe.paymentIntents.capture("pi_1", { amount_to_capture: 1200 })).toMatchObject({
      status: "succeeded",
      amount_received: 1200,
      amount_capturable: 0,
    });
    expect(await stripe.paymentIntents.cancel("pi_2")).toMatchObject({ status: "canceled" });
    const { data } = await stripe.paymentIntents.list({ customer: "cus_1" });
    expect(data.map(({ id }) => id)).toEqual(["pi_1"]);
    const failures = [
      await failureOf(stripe.paymentIntents.capture("pi_1")),
      await failureOf(stripe.paymentIntents.cancel("pi_1")),
      await failureOf(stripe.paymentIntents.retrieve("pi_nowhere")),
      await failureOf(stripe.customers.update("cus_1", { email: "nobody" })),
    ];
    expect(failures.map(({ statusCode, code }) => [statusCode, code])).toEqual([
      [400, "payment_intent_unexpected_state"],
      [400, "payment_intent_unexpected_state"],
      [404, "resource_missing"],
      [400, "email_invalid"],
    ]);
  });

  // Why the gateway claims a use before a request leaves: a client with retries disabled still repeats a write.
  test("repeats a write whose connection broke, even without retries; its idempotency key keeps it one refund", async () => {
    await using twin = await startTwin();
    twin.fail("drop-after-effect");
    const made = await client(twin.url).refunds.create({ charge: "ch_1" });
    expect(twin.requests.map((request) => request.kind)).toEqual(["effect", "replay"]);
    expect(twin.refunds("acct_a").map((refund) => refund.id)).toEqual([made.id]);
  });
});
