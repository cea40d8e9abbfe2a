import { type HttpTwin, httpTwin } from "@watchword/emulators/http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let twin: HttpTwin;
beforeEach(async () => {
  twin = await httpTwin({
    accounts: {
      acme: { orders: { ord_1: { amount: 4200, currency: "USD", refunded: 200, note: "fragile" } } },
      globex: { orders: { ord_2: { amount: 900, currency: "EUR" } } },
    },
    keys: [
      { secret: "test_all", orders: "write" },
      { secret: "test_acme", orders: "write", accounts: ["acme"] },
      { secret: "test_reader", orders: "read" },
      { secret: "test_nobody", orders: "none" },
      { secret: "agent:pass", orders: "read" },
    ],
  });
});
afterEach(() => twin.close());

interface Sent {
  readonly method?: string;
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

async function send(path: string, { method = "GET", key = "test_all", headers = {}, body }: Sent = {}) {
  const response = await fetch(`${twin.url}${path}`, {
    method,
    headers: { ...(key === "" ? {} : { authorization: `Bearer ${key}` }), ...headers },
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = (text === "" ? {} : JSON.parse(text)) as {
    error?: { code: string };
    [member: string]: unknown;
  };
  return { status: response.status, code: answer.error?.code, answer };
}

const REFUNDS = "/v1/orders/ord_1/refunds";
const refund = (more: Sent = {}) => send(REFUNDS, { method: "POST", body: { amount: 1000 }, ...more });
const kinds = () => twin.requests.map(({ kind }) => kind);

describe("it refuses", () => {
  test.for<{ why: string; path?: string; sent: Sent; status: number; code: string }>([
    { why: "no key", sent: { key: "" }, status: 401, code: "unauthenticated" },
    { why: "an unknown key", sent: { key: "test_other" }, status: 401, code: "unauthenticated" },
    {
      why: "a key that may only read",
      sent: { key: "test_reader" },
      status: 403,
      code: "permission_missing",
    },
    {
      why: "a key that may do nothing",
      sent: { key: "test_nobody" },
      status: 403,
      code: "permission_missing",
    },
    {
      why: "an account that the key does not reach",
      sent: { key: "test_acme", headers: { "x-account": "globex" } },
      status: 403,
      code: "account_forbidden",
    },
    {
      why: "an account that is not there",
      sent: { headers: { "x-account": "nobody" } },
      status: 403,
      code: "account_forbidden",
    },
    {
      why: "another account's order, like one that is not there",
      path: "/v1/orders/ord_2/refunds",
      sent: {},
      status: 404,
      code: "not_found",
    },
    { why: "a route that is not there", path: "/v1/payouts", sent: {}, status: 404, code: "route_unknown" },
    {
      why: "more than what remains",
      sent: { body: { amount: 4001 } },
      status: 422,
      code: "amount_too_large",
    },
    { why: "nothing", sent: { body: { amount: 0 } }, status: 422, code: "amount_invalid" },
    { why: "an amount as text", sent: { body: { amount: "1000" } }, status: 422, code: "amount_invalid" },
    {
      why: "another currency",
      sent: { body: { amount: 1, currency: "EUR" } },
      status: 422,
      code: "currency_mismatch",
    },
    { why: "an unknown member", sent: { body: { amount: 1, fee: 1 } }, status: 422, code: "member_unknown" },
    { why: "a body that is no object", sent: { body: [] }, status: 400, code: "body_invalid" },
  ])("$why: $status $code, without an effect", async ({ path, sent, status, code }) => {
    const answered = await (path === undefined
      ? refund(sent)
      : send(path, { method: "POST", body: { amount: 1 }, ...sent }));
    expect([answered.status, answered.code]).toEqual([status, code]);
    expect(kinds()).toEqual(["refused"]);
    expect(twin.order("acme", "ord_1")?.refunded).toBe(200);
  });

  test("an idempotency key for another request, and repeats the answer of the same one", async () => {
    const headers = { "idempotency-key": "k" };
    const first = await refund({ headers });
    expect(first.status).toBe(201);
    expect((await refund({ headers })).answer).toEqual(first.answer);
    expect(await refund({ headers, body: { amount: 7 } })).toMatchObject({
      status: 409,
      code: "idempotency_conflict",
    });
    expect(kinds()).toEqual(["effect", "replay", "refused"]);
    expect(twin.refunds("acme")).toHaveLength(1);
  });

  test("a body of more than 64 KiB", async () => {
    expect((await refund({ body: { amount: 1, reason: "x".repeat(70_000) } })).status).toBe(413);
    expect(kinds()).toEqual([]);
  });
});

describe("it does what it is asked for", () => {
  test("with the account in the header, in the path, or the key's own; by Bearer, Basic or X-Api-Key", async () => {
    const basic = { authorization: `Basic ${Buffer.from("agent:pass").toString("base64")}` };
    const answers = await Promise.all([
      send("/v1/account", { key: "test_acme" }),
      send("/v1/account", { headers: { "x-account": "globex" } }),
      send("/v1/accounts/globex/account"),
      send("/v1/orders/ord_1", { key: "", headers: basic }),
      send("/v1/orders/ord_1", { key: "", headers: { "x-api-key": "test_reader" } }),
    ]);
    expect(answers.map(({ answer }) => answer["id"])).toEqual(["acme", "globex", "globex", "ord_1", "ord_1"]);
    expect(kinds()).toEqual(["resolve", "resolve", "resolve", "resolve", "resolve"]);
  });

  test("notes, cancellations, lists", async () => {
    const note = await send("/v1/orders/ord_1", { method: "PATCH", body: { note: "call" } });
    expect(note.answer["note"]).toBe("call");
    expect((await send("/v1/orders/ord_1/note", { method: "DELETE" })).status).toBe(204);
    expect((await send("/v1/orders/ord_1/cancel", { method: "POST" })).answer["status"]).toBe("cancelled");
    expect((await send("/v1/orders/ord_1/cancel", { method: "POST" })).status).toBe(409);
    expect((await refund()).status).toBe(409);
    expect((await send("/v1/orders?status=cancelled&limit=1")).answer["data"]).toMatchObject([
      { id: "ord_1", note: null },
    ]);
    expect((await send("/v1/orders?limit=0")).status).toBe(422);
    expect((await send("/v1/orders?expand=all")).status).toBe(422);
  });

  test("whatever sloppy servers do: overrides, other spellings, the last of two keys", async () => {
    const override = await send("/v1/orders/ord_1/note", {
      method: "POST",
      headers: { "x-http-method-override": "delete" },
    });
    expect(override.status).toBe(204);
    expect((await send("/v1/orders/ord_1/note?_method=DELETE", { method: "POST" })).status).toBe(204);
    expect((await send("/v1//orders%2Ford_1")).answer["id"]).toBe("ord_1");
    const response = await fetch(`${twin.url}${REFUNDS}`, {
      method: "POST",
      headers: { authorization: "Bearer test_all" },
      body: '{"amount":1,"amount":4000}',
    });
    expect(await response.json()).toMatchObject({ amount: 4000 });
  });

  test("and keeps no key in its log", async () => {
    await send("/v1/orders/ord_1");
    expect(twin.requests).toMatchObject([
      { headerNames: expect.arrayContaining(["authorization"]) as unknown },
    ]);
    expect(JSON.stringify(twin.requests)).not.toContain("test_all");
  });
});

describe("it fails when told", () => {
  test.for([
    { mode: "429", status: 429 },
    { mode: "500", status: 500 },
    { mode: "redirect", status: 302 },
  ] as const)("$mode, before anything is done", async ({ mode, status }) => {
    twin.fail(mode);
    const response = await fetch(`${twin.url}${REFUNDS}`, {
      method: "POST",
      headers: { authorization: "Bearer test_all" },
      body: '{"amount":1}',
      redirect: "manual",
    });
    expect(response.status).toBe(status);
    expect(kinds()).toEqual(["refused"]);
  });

  test.for(["down", "slow", "drip"] as const)("%s: no answer that comes to an end", async (mode) => {
    twin.fail(mode);
    const response = fetch(`${twin.url}/v1/orders`, { signal: AbortSignal.timeout(100) });
    await expect(response.then((answered) => answered.text())).rejects.toThrow(/./);
  });

  test("500-after-effect and drop-after-effect: done, and not told", async () => {
    twin.fail("500-after-effect");
    expect((await refund()).status).toBe(500);
    twin.fail("drop-after-effect");
    await expect(refund()).rejects.toThrow(/./);
    twin.fail(null);
    expect(twin.refunds("acme")).toHaveLength(2);
    expect(kinds()).toEqual(["effect", "effect"]);
  });
});
