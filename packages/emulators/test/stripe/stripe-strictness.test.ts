import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const KEY = "rk_test_51TwinKey0000000abcd";

let twin: StripeTwin;
beforeEach(async () => {
  twin = await stripeTwin({
    accounts: {
      acct_a: {
        charges: {
          ch_1: { amount: 4200, currency: "usd" },
          ch_2: { amount: 100, currency: "usd", refunds_require_action: true },
        },
      },
    },
    keys: [{ secret: KEY, permissions: { charges: "read", refunds: "write" } }],
  });
});
afterEach(() => twin.close());

async function send(method: "GET" | "POST", target: string, form?: string, idempotencyKey?: string) {
  const response = await fetch(`${twin.url}${target}`, {
    method,
    headers: {
      authorization: `Bearer ${KEY}`,
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    ...(form === undefined ? {} : { body: form }),
  });
  const body = (await response.json()) as { id?: string; error?: { type: string; param?: string } };
  return { status: response.status, replayed: response.headers.get("idempotent-replayed"), body };
}

const refund = (form: string, idempotencyKey?: string) => send("POST", "/v1/refunds", form, idempotencyKey);

describe("an idempotency key (docs.stripe.com/api/idempotent_requests)", () => {
  test("repeats a failure once the call had begun, although it would succeed by now", async () => {
    const waiting = await refund("charge=ch_2");
    const first = await refund("charge=ch_2&amount=1", "k");
    expect(first.status).toBe(400);
    await send("POST", `/v1/refunds/${waiting.body.id ?? ""}/cancel`);
    const again = await refund("charge=ch_2&amount=1", "k");
    expect([again.status, again.replayed, again.body]).toEqual([400, "true", first.body]);
    expect((await refund("charge=ch_2&amount=2", "k")).body.error?.type).toBe("idempotency_error");
    expect(twin.charge("acct_a", "ch_2")?.amount_refunded).toBe(0);
    expect(twin.requests.map(({ kind }) => kind)).toEqual([
      "effect",
      "refused",
      "effect",
      "replay",
      "refused",
    ]);
  });

  test("keeps nothing of a call whose parameters were wrong", async () => {
    expect((await refund("charge=ch_1&amount=x", "k")).status).toBe(400);
    expect((await refund("amount=5", "k")).status).toBe(400);
    expect((await refund("charge=ch_1&amount=5", "k")).status).toBe(200);
  });

  test("has at most 255 characters", async () => {
    expect((await refund("charge=ch_1&amount=5", "k".repeat(256))).status).toBe(400);
    expect((await refund("charge=ch_1&amount=5", "k".repeat(255))).status).toBe(200);
  });
});

describe("what the twin does not overlook", () => {
  test("the query of a write: what slips into it has its effect", async () => {
    expect((await send("POST", "/v1/refunds?amount=1", "charge=ch_1")).status).toBe(200);
    expect(twin.refunds("acct_a").map(({ amount }) => amount)).toEqual([1]);
    expect((await send("POST", "/v1/refunds?currency=usd", "charge=ch_1")).body.error?.param).toBe(
      "currency",
    );
  });

  test.for([
    { name: "more than 50 keys", metadata: Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]) },
    { name: "a key of more than 40 characters", metadata: [["k".repeat(41), "v"]] },
    { name: "a value of more than 500 characters", metadata: [["k", "v".repeat(501)]] },
  ])("metadata with $name is refused", async ({ metadata }) => {
    const pairs = metadata.map(([key = "", value = ""]) => `metadata[${key}]=${value}`);
    const answer = await refund(["charge=ch_1", ...pairs].join("&"));
    expect([answer.status, answer.body.error?.param]).toEqual([400, "metadata"]);
    expect(twin.refunds("acct_a")).toEqual([]);
  });

  test("a page cannot be after one object and before another", async () => {
    expect((await send("GET", "/v1/charges?starting_after=ch_1&ending_before=ch_2")).status).toBe(400);
  });
});
