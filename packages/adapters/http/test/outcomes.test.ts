import { http } from "@watchword/adapter-http";
import { type Authority, Refusal, SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { orders } from "./orders-declaration.ts";

const write: Authority = {
  system: "shop",
  operation: "refunds.create",
  access: "write",
  resource: { account: "acme" },
  arguments: { order: "ord_1", amount: { minor: 100, currency: "USD" } },
  native: {},
};
const erase: Authority = { ...write, operation: "orders.note.delete", arguments: { order: "ord_1" } };
const read: Authority = { ...erase, operation: "orders.retrieve", access: "read" };
const response = (status: number, body?: unknown) => ({
  status,
  headers: {},
  body: body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body)),
});
const failure = { error: { code: "x" } };

describe("what an answer says about the effect", () => {
  test("a write is done with every declared id", () => {
    expect(http(orders).outcomeOf(write, response(201, { id: "rf_1", order: "ord_1" }))).toEqual({
      effect: "done",
      ids: { refund: "rf_1", order: "ord_1" },
      status: 201,
    });
    expect(http(orders).outcomeOf(erase, response(204))).toEqual({
      effect: "done",
      ids: { order: "ord_1" },
      status: 204,
    });
  });

  test.for([
    ...[400, 401, 402, 403, 404, 405, 410, 413, 415, 422, 429].map((status) => ({
      status,
      body: failure,
      effect: "none",
    })),
    ...[408, 409, 423, 425, 500, 502, 503, 504, 302, 100].map((status) => ({
      status,
      body: failure,
      effect: "unknown",
    })),
    { status: 404, body: {}, effect: "unknown" },
    { status: 404, body: undefined, effect: "unknown" },
    { status: 403, body: { error: { code: "" } }, effect: "unknown" },
    { status: 403, body: { error: "blocked by a proxy" }, effect: "unknown" },
    { status: 201, body: { id: "rf_1" }, effect: "unknown" },
    { status: 201, body: { id: "<script>", order: "ord_1" }, effect: "unknown" },
    { status: 204, body: undefined, effect: "unknown" },
  ])("a write answered with $status and $body: $effect", ({ status, body, effect }) => {
    expect(http(orders).outcomeOf(write, response(status, body))).toEqual({ effect, ids: {}, status });
  });

  test("a page is no answer to a write whose ids are its arguments", () => {
    const page = { status: 200, headers: {}, body: new TextEncoder().encode("<html>") };
    expect(http(orders).outcomeOf(erase, page).effect).toBe("unknown");
    expect(http(orders).outcomeOf(erase, response(200)).effect).toBe("unknown");
  });

  test("no answer: unknown for a write, none for a read", () => {
    expect(http(orders).outcomeOf(write, undefined)).toEqual({ effect: "unknown", ids: {}, status: 0 });
    expect(http(orders).outcomeOf(read, undefined)).toEqual({ effect: "none", ids: {}, status: 0 });
  });
});

describe("where the key goes", () => {
  const stamp = { decisionId: "dec_1", idempotencyKey: "once" };
  const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
  const headersOf = (adapter: ReturnType<typeof http>, secret: string, authority = write) =>
    adapter.inject(adapter.enforce(authority, blank, stamp), new SealedCredential(secret)).headers;

  test("into its one header, beside nothing but decided ones", () => {
    expect(headersOf(http(orders), "test_key")).toEqual({
      accept: "application/json",
      "user-agent": "watchword-adapter-http",
      "x-api-version": "2026-11-01",
      "x-account": "acme",
      "idempotency-key": "once",
      "x-watchword-decision": "dec_1",
      "content-type": "application/json",
      authorization: "Bearer test_key",
    });
  });

  test("a read carries no idempotency key", () => {
    expect(Object.keys(headersOf(http(orders), "test_key", read))).not.toContain("idempotency-key");
  });

  test("Basic writes user and password as one", () => {
    const basic = http({ ...orders, secret: { header: "authorization", scheme: "Basic" } });
    expect(headersOf(basic, "agent:päss:word")["authorization"]).toBe(
      `Basic ${Buffer.from("agent:päss:word").toString("base64")}`,
    );
    for (const secret of ["no-colon", ":x", "a\nb:c", "a:b\r\nx: y"])
      expect(
        reasonOf(() => headersOf(basic, secret)),
        secret,
      ).toEqual("configuration_invalid");
  });

  test("a header of its own takes the key alone", () => {
    const own = http({ ...orders, secret: { header: "x-api-key" } });
    expect(headersOf(own, "test_key")["x-api-key"]).toBe("test_key");
    for (const secret of ["", "two words", "a\r\nhost: evil.example", "ä"])
      expect(
        reasonOf(() => headersOf(own, secret)),
        secret,
      ).toEqual("configuration_invalid");
  });

  test("only what begins with the declared prefix opens no real account", () => {
    const live = (adapter: ReturnType<typeof http>, secret: string) =>
      adapter.isLiveSecret(new SealedCredential(secret));
    expect([live(http(orders), "test_key"), live(http(orders), "live_test_key")]).toEqual([false, true]);
    const undeclared = http({ ...orders, secret: { header: "authorization", scheme: "Bearer" } });
    expect(live(undeclared, "test_key")).toBe(true);
  });
});

function reasonOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (Refusal.is(error)) return error.reason;
    throw error;
  }
  return "none";
}

test("answers are passed on as they come where a read is declared so, and nowhere else", () => {
  const { ids: _ids, ...ordersRetrieve } = orders.operations.ordersRetrieve;
  const operations = { ...orders.operations, ordersRetrieve: { ...ordersRetrieve, stream: true } } as const;
  const streaming = http({ ...orders, operations });
  expect([read, write, erase].map((authority) => streaming.streams?.(authority))).toEqual([
    true,
    false,
    false,
  ]);
  expect(http(orders).streams?.(read)).toBe(false);
  expect(streaming.outcomeOf(read, { ...response(200), body: new Uint8Array() })).toEqual({
    effect: "done",
    ids: {},
    status: 200,
  });
});

test.for([
  ["ordersCancel", /what a write did is read from its answer/],
  ["ordersRetrieve", /cannot be read from an answer that is passed on/],
] as const)("an answer of %s is not passed on: something is read from it", ([key, says]) => {
  const changed = { ...orders.operations[key], stream: true } as const;
  const operations = { ...orders.operations, [key]: changed };
  expect(() => http({ ...orders, operations })).toThrow(says);
});
