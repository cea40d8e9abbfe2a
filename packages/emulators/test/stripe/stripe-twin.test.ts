import { type StripeTwin, type StripeTwinOptions, stripeTwin } from "@watchword/emulators/stripe";
import { describe, expect, test } from "vitest";

const KEY = "rk_test_51TwinKey0000000abcd";
const READER = "rk_test_51TwinReader00000abcd";
const LIMITED = "rk_test_51TwinLimited0000abcd";

const options: StripeTwinOptions = {
  accounts: {
    acct_a: {
      charges: {
        ch_1: { amount: 4200, currency: "usd", metadata: { tenant: "a" } },
        ch_disputed: { amount: 100, currency: "usd", disputed: true },
        ch_failed: { amount: 100, currency: "usd", status: "failed" },
        ch_waiting: { amount: 100, currency: "usd", refunds_require_action: true },
      },
    },
    acct_b: { charges: { ch_1: { amount: 9900, currency: "eur" }, ch_b: { amount: 5, currency: "jpy" } } },
  },
  keys: [
    { secret: KEY, permissions: { charges: "read", refunds: "write" } },
    { secret: READER, permissions: { charges: "read" } },
    { secret: LIMITED, permissions: { charges: "read", refunds: "write" }, accounts: ["acct_b"] },
  ],
};

interface Ask {
  readonly key?: string | null;
  readonly account?: string;
  readonly form?: Record<string, string>;
  readonly idempotencyKey?: string;
}

async function ask(
  twin: StripeTwin,
  method: string,
  path: string,
  { key = KEY, account, form, idempotencyKey }: Ask = {},
) {
  const headers = {
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...(account === undefined ? {} : { "stripe-account": account }),
    ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
  };
  const body = form === undefined ? null : new URLSearchParams(form);
  const response = await fetch(`${twin.url}${path}`, {
    method,
    headers,
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(1_000),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

const refund = (twin: StripeTwin, form: Record<string, string>, more: Ask = {}) =>
  ask(twin, "POST", "/v1/refunds", { ...more, form });

describe("what the twin refuses", () => {
  test.for<{ name: string; method?: string; path: string; ask?: Ask; status: number; error: object }>([
    {
      name: "no key",
      path: "/v1/charges/ch_1",
      ask: { key: null },
      status: 401,
      error: { type: "invalid_request_error" },
    },
    {
      name: "an unknown key, masked but for its end",
      path: "/v1/charges/ch_1",
      ask: { key: "rk_test_unknownSECRET" },
      status: 401,
      error: { message: "Invalid API Key provided: rk_test_*********CRET" },
    },
    {
      name: "a foreign account",
      path: "/v1/charges/ch_1",
      ask: { key: LIMITED, account: "acct_a" },
      status: 403,
      error: { code: "account_invalid" },
    },
    {
      name: "an account that does not exist",
      path: "/v1/charges/ch_1",
      ask: { account: "acct_no" },
      status: 403,
      error: { code: "account_invalid" },
    },
    {
      name: "a missing permission to read",
      path: "/v1/refunds",
      ask: { key: READER },
      status: 403,
      error: { code: "more_permissions_required" },
    },
    {
      name: "a missing permission to write",
      method: "POST",
      path: "/v1/refunds",
      ask: { key: READER, form: { charge: "ch_1" } },
      status: 403,
      error: { message: expect.stringContaining("'rak_refund_write'") },
    },
    {
      name: "a charge that is not there",
      path: "/v1/charges/ch_no",
      status: 404,
      error: { code: "resource_missing", message: "No such charge: 'ch_no'" },
    },
    {
      name: "another account's charge",
      path: "/v1/charges/ch_b",
      status: 404,
      error: { code: "resource_missing" },
    },
    {
      name: "a parameter on a read",
      path: "/v1/charges/ch_1?expand[]=customer",
      status: 400,
      error: { code: "parameter_unknown", param: "expand[]" },
    },
    {
      name: "a path it does not know",
      path: "/v1/transfers",
      status: 404,
      error: { message: "Unrecognized request URL (GET: /v1/transfers)." },
    },
    {
      name: "another method",
      method: "DELETE",
      path: "/v1/refunds/re_1",
      status: 404,
      error: { type: "invalid_request_error" },
    },
    { name: "a page over the limit", path: "/v1/charges?limit=101", status: 400, error: { param: "limit" } },
    {
      name: "a page after nothing",
      path: "/v1/charges?starting_after=ch_no",
      status: 400,
      error: { code: "resource_missing", param: "starting_after" },
    },
  ])("$name: $status", async ({ method = "GET", path, ask: how, status, error }) => {
    await using twin = await stripeTwin(options);
    const answer = await ask(twin, method, path, how);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error });
    expect(twin.requests.map((request) => request.kind)).toEqual([method === "GET" ? "resolve" : "refused"]);
  });

  test.for<{ name: string; form: Record<string, string>; error: object; status?: number }>([
    {
      name: "more than the charge",
      form: { charge: "ch_1", amount: "4201" },
      error: {
        param: "amount",
        message: expect.stringContaining("($42.01) is greater than unrefunded amount on charge ($42.00)"),
      },
    },
    { name: "no charge", form: { amount: "1" }, error: { code: "parameter_missing" } },
    {
      name: "a missing charge",
      form: { charge: "ch_b" },
      error: { code: "resource_missing", param: "charge" },
      status: 404,
    },
    {
      name: "an unknown parameter",
      form: { charge: "ch_1", currency: "usd" },
      error: { code: "parameter_unknown", param: "currency" },
    },
    {
      name: "an amount that is none",
      form: { charge: "ch_1", amount: "1.5" },
      error: { code: "parameter_invalid_integer" },
    },
    {
      name: "an amount of zero",
      form: { charge: "ch_1", amount: "0" },
      error: { code: "parameter_invalid_integer" },
    },
    { name: "an unknown reason", form: { charge: "ch_1", reason: "because" }, error: { param: "reason" } },
    { name: "a disputed charge", form: { charge: "ch_disputed" }, error: { code: "charge_disputed" } },
    { name: "a failed charge", form: { charge: "ch_failed" }, error: { code: "charge_not_refundable" } },
  ])("a refund of $name", async ({ form, error, status = 400 }) => {
    await using twin = await stripeTwin(options);
    const answer = await refund(twin, form, { idempotencyKey: "k" });
    expect([answer.status, answer.body]).toMatchObject([
      status,
      { error: { type: "invalid_request_error", ...error } },
    ]);
    expect(twin.refunds("acct_a")).toEqual([]);
    expect(twin.requests).toMatchObject([{ kind: "refused", status, idempotencyKey: "k" }]);
  });
});

describe("refunds", () => {
  test("in parts, until nothing remains", async () => {
    await using twin = await stripeTwin(options);
    expect(
      (await refund(twin, { charge: "ch_1", amount: "4000", "metadata[order]": "7" })).body,
    ).toMatchObject({ amount: 4000, currency: "usd", metadata: { order: "7" } });
    expect((await refund(twin, { charge: "ch_1", amount: "201" })).status).toBe(400);
    expect((await refund(twin, { charge: "ch_1" })).body).toMatchObject({ amount: 200, status: "succeeded" });
    expect((await refund(twin, { charge: "ch_1" })).body).toMatchObject({
      error: { code: "charge_already_refunded" },
    });
    expect(twin.charge("acct_a", "ch_1")).toMatchObject({ amount_refunded: 4200, refunded: true });
    expect(twin.charge("acct_b", "ch_1")).toMatchObject({ amount_refunded: 0 });
    expect(twin.requests.filter((request) => request.kind === "effect")).toHaveLength(2);
  });

  test("the same idempotency key moves money once", async () => {
    await using twin = await stripeTwin(options);
    const [first, again] = [
      await refund(twin, { charge: "ch_1" }, { idempotencyKey: "k" }),
      await refund(twin, { charge: "ch_1" }, { idempotencyKey: "k" }),
    ];
    expect(again.text).toBe(first.text);
    expect([first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")]).toEqual([
      null,
      "true",
    ]);
    expect(twin.requests.map((request) => request.kind)).toEqual(["effect", "replay"]);
    const other = await refund(twin, { charge: "ch_1", amount: "1" }, { idempotencyKey: "k" });
    expect([other.status, other.body]).toMatchObject([400, { error: { type: "idempotency_error" } }]);
    expect(
      (await refund(twin, { charge: "ch_1" }, { idempotencyKey: "k", account: "acct_b" })).status,
      "keys are per account",
    ).toBe(200);
  });

  test("can be cancelled while they wait for the customer", async () => {
    await using twin = await stripeTwin(options);
    const { body } = await refund(twin, { charge: "ch_waiting" });
    const cancel = () => ask(twin, "POST", `/v1/refunds/${String(body["id"])}/cancel`);
    expect(body["status"]).toBe("requires_action");
    expect((await cancel()).body).toMatchObject({ status: "canceled" });
    expect(twin.charge("acct_a", "ch_waiting")).toMatchObject({ amount_refunded: 0 });
    expect((await cancel()).status).toBe(400);
  });

  test("are listed newest first, page by page, by charge", async () => {
    await using twin = await stripeTwin(options);
    for (const amount of ["1", "2", "3"]) await refund(twin, { charge: "ch_1", amount });
    await refund(twin, { charge: "ch_waiting", amount: "4" });
    const page = async (query: string) => {
      const { body } = await ask(twin, "GET", `/v1/refunds?${query}`);
      return {
        more: body["has_more"],
        amounts: (body["data"] as { amount: number }[]).map((entry) => entry.amount),
      };
    };
    const ids = twin.refunds("acct_a").map((entry) => entry.id);
    expect(await page("charge=ch_1&limit=2")).toEqual({ more: true, amounts: [3, 2] });
    expect(await page(`charge=ch_1&limit=2&starting_after=${ids[1] ?? ""}`)).toEqual({
      more: false,
      amounts: [1],
    });
    expect(await page(`limit=2&ending_before=${ids[0] ?? ""}`)).toEqual({ more: true, amounts: [3, 2] });
  });
});

describe("failures", () => {
  test.for(["down", "slow"] as const)("%s: no answer, no effect", async (mode) => {
    await using twin = await stripeTwin(options);
    twin.fail(mode);
    await expect(refund(twin, { charge: "ch_1" })).rejects.toThrow(/./);
    expect(twin.requests).toMatchObject([{ kind: "refused", status: 0 }]);
    twin.fail(null);
    expect((await refund(twin, { charge: "ch_1" })).status).toBe(200);
  });

  test.for([
    { mode: "redirect", status: 302 },
    { mode: "429", status: 429 },
    { mode: "500", status: 500 },
  ] as const)("$mode: $status, no effect", async ({ mode, status }) => {
    await using twin = await stripeTwin(options);
    twin.fail(mode);
    expect((await refund(twin, { charge: "ch_1" })).status).toBe(status);
    expect(twin.refunds("acct_a")).toEqual([]);
  });

  test("garbage: 200 and no JSON", async () => {
    await using twin = await stripeTwin(options);
    twin.fail("garbage");
    await expect(ask(twin, "GET", "/v1/charges/ch_1")).rejects.toThrow(SyntaxError);
  });

  test("500-after-effect: money moved, and the key answers 500 from then on", async () => {
    await using twin = await stripeTwin(options);
    twin.fail("500-after-effect");
    expect((await ask(twin, "GET", "/v1/charges/ch_1")).status, "reads pass").toBe(200);
    expect((await refund(twin, { charge: "ch_1" }, { idempotencyKey: "k" })).status).toBe(500);
    twin.fail(null);
    expect((await refund(twin, { charge: "ch_1" }, { idempotencyKey: "k" })).status).toBe(500);
    expect(twin.refunds("acct_a")).toHaveLength(1);
    expect(twin.requests.map((request) => request.kind)).toEqual(["resolve", "effect", "replay"]);
  });

  test("drop-after-effect: money moved, and the answer is lost", async () => {
    await using twin = await stripeTwin(options);
    twin.fail("drop-after-effect");
    await expect(refund(twin, { charge: "ch_1" }, { idempotencyKey: "k" })).rejects.toThrow(/./);
    twin.fail(null);
    expect(
      (await refund(twin, { charge: "ch_1" }, { idempotencyKey: "k" })).headers.get("idempotent-replayed"),
    ).toBe("true");
    expect(twin.refunds("acct_a")).toHaveLength(1);
  });
});

describe("a twin", () => {
  test("shares nothing with another one, and is gone after close", async () => {
    await using one = await stripeTwin(options);
    const other = await stripeTwin(options);
    await refund(one, { charge: "ch_1" });
    expect(other.charge("acct_a", "ch_1")).toMatchObject({ amount_refunded: 0 });
    await other.close();
    await other.close();
    await expect(ask(other, "GET", "/v1/charges/ch_1")).rejects.toThrow(/./);
  });

  test("keeps no key in its log", async () => {
    await using twin = await stripeTwin(options);
    await ask(twin, "GET", "/v1/charges/ch_1");
    expect(JSON.stringify(twin.requests)).not.toContain(KEY);
  });
});
