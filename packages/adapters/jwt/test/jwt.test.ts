import {
  type AdapterContext,
  Refusal,
  canonicalRequest,
  generateSigner,
  newAction,
  requestProblem,
  systemClock,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type JwtOptions, jwt } from "../src/index.ts";
import { AUDIENCE, authorityOf, connection, signAccess } from "./jwt-fixture.ts";
import { ordersOperations } from "./orders-operations.ts";

const adapter = jwt({ audience: AUDIENCE, operations: ordersOperations });
const read = ordersOperations.ordersRead;
const options = (changes: object): JwtOptions => ({ audience: AUDIENCE, operations: { read }, ...changes });

describe("a declaration is refused at construction", () => {
  const operation = (changes: object) => ({
    operations: { read, other: { ...read, name: "orders.other", ...changes } },
  });
  test.for<[string, object, RegExp]>([
    ["a typo", { baseURL: "https://x.example" }, /baseURL/],
    ["no audience", { audience: "" }, /audience/],
    [
      "an audience that is no origin, and no address",
      { audience: "orders" },
      /must say where the service is/,
    ],
    ["plain http to another machine", { baseUrl: "http://orders.internal" }, /https/],
    ["a path in the address", { baseUrl: "https://orders.internal/v1" }, /origin/],
    ["a life longer than any may be", { lifeSeconds: 301 }, /300/],
    ["no operation", { operations: {} }, /must declare an operation/],
    ["two of one name", operation({ name: "orders.read", path: "/x/{order}" }), /read has the same name/],
    ["two that one request could be", operation({}), /a request could be this and read/],
    ["a GET that writes", operation({ access: "write", path: "/x/{order}" }), /a GET that changes something/],
    ["a DELETE that reads", operation({ method: "DELETE" }), /DELETE is a write/],
    ["a path without a slash", operation({ path: "orders/{order}" }), /must be like/],
    ["a path with a dot segment", operation({ path: "/../{order}" }), /must be like/],
    ["a path with a half place", operation({ path: "/o-{order}" }), /must be like/],
    [
      "a place of no argument",
      operation({ path: "/{item}" }),
      /\{item\} must be an argument that is always there/,
    ],
    [
      "a place of an optional argument",
      operation({
        path: "/x/{order}",
        arguments: z.strictObject({ order: z.string().optional().describe("x") }),
      }),
      /always there/,
    ],
    [
      "a loose object",
      operation({ path: "/x/{order}", arguments: z.looseObject({ order: z.string().describe("x") }) }),
      /strict/,
    ],
    [
      "an argument that nobody describes",
      operation({ path: "/x/{order}", arguments: z.strictObject({ order: z.string() }) }),
      /order needs a description/,
    ],
    [
      "a list in a query",
      operation({
        path: "/x/{order}",
        arguments: z.strictObject({
          order: z.string().describe("x"),
          all: z.array(z.string()).describe("x"),
        }),
      }),
      /stands in a body only/,
    ],
    [
      "an example that does not fit",
      operation({ path: "/x/{order}", example: { order: "x" } }),
      /the example does not fit/,
    ],
    [
      "a pattern that is open at its end",
      operation({
        path: "/x/{order}",
        arguments: { order: { type: "string", pattern: "^o_", description: "x" } },
      }),
      /must begin with \^ and end with \$/,
    ],
    [
      "a type that nobody knows",
      operation({ path: "/x/{order}", arguments: { order: { type: "number", description: "x" } } }),
      /./,
    ],
  ])("%s", ([, changes, message]) => {
    expect(() => jwt(options(changes))).toThrow(message);
  });

  test("but a fixed word beside an argument that can never be that word is another request", () => {
    const exported = {
      ...read,
      name: "orders.export",
      path: "/orders/export",
      arguments: z.strictObject({}),
      example: {},
    };
    const both = jwt(options({ operations: { read, exported } }));
    const seen = (target: string) =>
      both.actionOf(canonicalRequest({ method: "GET", target, headers: [], body: new Uint8Array() }))
        .operation;
    expect([seen("/orders/export"), seen("/orders/o_1")]).toEqual(["orders.export", "orders.read"]);
  });
});

test("everything that a grant can limit is enforced by the service, and nothing by the gateway alone", () => {
  expect(adapter.capabilities).toMatchObject({
    custody: "released",
    revoke: "none",
    rootSecret: "none",
    enforcedByGateway: [],
  });
  expect(adapter.capabilities.enforcedBySystem).toEqual([
    "tenant",
    "operation",
    "order",
    "state",
    "limit",
    "gift",
    "after",
    "amount",
    "items",
  ]);
  expect(adapter.origins).toEqual([AUDIENCE]);
});

describe("the tenant is the connection's account, exactly", () => {
  test.for(["globex", "Acme", "ACME", "acme ", "acme\u200b", "ａｃｍｅ", "аcme", "acme.", ""])(
    "%j is another tenant",
    (tenant) => {
      const action = newAction({
        system: "orders",
        operation: "orders.read",
        resource: { tenant },
        arguments: { order: "o_1" },
      });
      expect(() => adapter.complete(action, { owners: {}, values: {} }, "acme")).toThrow(
        expect.objectContaining({ reason: "tenant_mismatch", failedFact: "tenant" }),
      );
    },
  );

  test("a field besides is malformed, not left out", () => {
    const action = newAction({
      system: "orders",
      operation: "orders.read",
      resource: { region: "eu" },
      arguments: { order: "o_1" },
    });
    expect(() => adapter.complete(action, { owners: {}, values: {} }, "acme")).toThrow(
      expect.objectContaining({ reason: "request_malformed" }),
    );
  });
});

describe("a mint", () => {
  const context = (accessToken?: AdapterContext["accessToken"]): AdapterContext => ({
    connection: connection("acme"),
    fetch,
    clock: systemClock,
    signal: new AbortController().signal,
    ...(accessToken === undefined ? {} : { accessToken }),
  });
  const authority = authorityOf(adapter);

  test("asks for the configured seconds, and grants what the token says", async () => {
    const key = await generateSigner();
    const asked: number[] = [];
    const minted = await adapter.mint(
      authority,
      context((seconds) => (asked.push(seconds), signAccess(key, authority))),
    );
    expect(asked).toEqual([60]);
    expect(minted).toMatchObject({ kind: "access-token", granted: authority });
    expect(minted.nativeExpiresAt).toBeLessThanOrEqual(systemClock.now() / 1_000 + 60);
  });

  test("where the broker gives no access tokens is a configuration error", async () => {
    await expect(adapter.mint(authority, context())).rejects.toMatchObject({
      reason: "configuration_invalid",
    });
  });

  const details = (changes: object) => ({
    authorization_details: [
      {
        type: "urn:watchword:authorization-details:action",
        locations: [AUDIENCE],
        actions: ["orders.read"],
        access: "read",
        resource: { tenant: "acme" },
        arguments_digest: authority.native["arguments_digest"],
        ...changes,
      },
    ],
  });
  test.for<[string, Readonly<Record<string, unknown>>]>([
    ["another audience", { aud: "https://billing.example" }],
    ["another operation", details({ actions: ["orders.refund"] })],
    ["a write", details({ access: "write" })],
    ["another tenant", details({ resource: { tenant: "globex" } })],
    ["a field more", details({ resource: { tenant: "acme", region: "eu" } })],
    ["other arguments", details({ arguments_digest: "a".repeat(43) })],
    ["a longer life", { iat: 1_800_000_000, exp: 1_800_000_300 }],
  ])("that gives a token for %s is wider than asked: the broker refuses it", async ([, changes]) => {
    const key = await generateSigner();
    const minted = await adapter.mint(
      authority,
      context(() => signAccess(key, authority, changes)),
    );
    expect(adapter.covers(authority, minted.granted)).toBe(false);
  });

  test.for<[string, Readonly<Record<string, unknown>>]>([
    [
      "two actions",
      { authorization_details: [...details({}).authorization_details, ...details({}).authorization_details] },
    ],
    ["a scope", { scope: "orders" }],
    ["two audiences", { aud: [AUDIENCE, "https://billing.example"] }],
  ])("that gives one with %s is none: nothing of it shows", async ([, changes]) => {
    const key = await generateSigner();
    const token = await signAccess(key, authority, changes);
    const refusal = await adapter
      .mint(
        authority,
        context(async () => token),
      )
      .catch((error: unknown) => error);
    expect(Refusal.is(refusal) && refusal.reason).toBe("token_malformed");
    expect(String(refusal)).not.toContain(token.open((text) => text));
  });

  test("is told honestly when it is revoked: what was handed out lives, what never left is over", async () => {
    const key = await generateSigner();
    const bound = await signAccess(key, authority, { cnf: { jkt: "k".repeat(43) } });
    expect(await adapter.revoke(bound, context())).toBe("unsupported");
    expect(await adapter.revoke(await signAccess(key, authority), context())).toBe("injected_only");
  });
});

describe("requests", () => {
  const received = (method: string, target: string, body = "", type = "application/json") =>
    canonicalRequest({
      method,
      target,
      headers: body === "" ? [] : [["content-type", type]],
      body: new TextEncoder().encode(body),
    });
  const seen = (...request: Parameters<typeof received>) => adapter.actionOf(received(...request));
  const refund = '{"amount":{"currency":"EUR","minor":1200},"items":["i_1"]}';

  test("are read with the types that were declared", () => {
    expect(seen("GET", "/orders?state=open&limit=10&gift=true&after=10").arguments).toEqual({
      state: "open",
      limit: 10,
      gift: true,
      after: "10",
    });
    expect(seen("POST", "/orders/o_1/refunds", refund).arguments).toEqual({
      order: "o_1",
      amount: { minor: 1200, currency: "EUR" },
      items: ["i_1"],
    });
  });

  test.for<[string, ...Parameters<typeof received>]>([
    ["an argument that nobody declared", "GET", "/orders?state=open&secret=1"],
    ["an argument twice", "GET", "/orders?state=open&state=paid"],
    ["a number with a zero in front", "GET", "/orders?state=open&limit=010"],
    ["a number with an exponent", "GET", "/orders?state=open&limit=1e1"],
    [
      "an argument of the path in the body, too",
      "POST",
      "/orders/o_1/refunds",
      '{"order":"o_2","amount":{"minor":1,"currency":"EUR"}}',
    ],
    ["a query beside a body", "POST", "/orders/o_1/refunds?order=o_2", refund],
    [
      "a member twice",
      "POST",
      "/orders/o_1/refunds",
      '{"amount":{"minor":1,"currency":"EUR"},"amount":{"minor":9,"currency":"EUR"}}',
    ],
    ["a form", "POST", "/orders/o_1/refunds", "amount=1", "application/x-www-form-urlencoded"],
    ["another charset", "POST", "/orders/o_1/refunds", refund, "application/json; charset=utf-16"],
    ["a list", "POST", "/orders/o_1/refunds", "[1]"],
    ["a fraction", "POST", "/orders/o_1/refunds", '{"amount":{"minor":1.5,"currency":"EUR"}}'],
  ])("with %s are refused", ([, ...request]) => {
    expect(() => seen(...request)).toThrow(expect.objectContaining({ reason: "request_mismatch" }));
  });

  test("of a GET with a body, and with a coded one, are refused", () => {
    expect(() => seen("GET", "/orders/o_1", "{}")).toThrow(
      expect.objectContaining({ reason: "request_mismatch" }),
    );
    const coded = { ...received("GET", "/orders/o_1"), headers: { "content-encoding": "gzip" } };
    expect(() => adapter.actionOf(coded)).toThrow(expect.objectContaining({ reason: "request_mismatch" }));
  });

  test("for another argument are another action", () => {
    const authority = authorityOf(adapter);
    expect(requestProblem(entry("orders.read"), authority, seen("GET", "/orders/o_1"))).toBeUndefined();
    expect(requestProblem(entry("orders.read"), authority, seen("GET", "/orders/o_2"))).toBe(
      "arguments.order",
    );
  });

  test("carry the effect's own key when they write", () => {
    const authority = authorityOf(adapter, {
      operation: "orders.refund",
      arguments: ordersOperations.ordersRefund.example,
    });
    const stamp = { decisionId: "dec_1", idempotencyKey: "effect-1" };
    const sent = adapter.enforce(authority, received("GET", "/x"), stamp);
    expect(sent.headers).toMatchObject({ "idempotency-key": "effect-1", "content-type": "application/json" });
    expect(new TextDecoder().decode(sent.body)).toBe(
      '{"amount":{"currency":"EUR","minor":1200},"items":["i_1","i_2"]}',
    );
    expect(adapter.enforce(authorityOf(adapter), received("GET", "/x"), stamp).headers).not.toHaveProperty(
      "idempotency-key",
    );
  });
});

describe("an outcome", () => {
  const authority = authorityOf(adapter, {
    operation: "orders.refund",
    arguments: ordersOperations.ordersRefund.example,
  });
  const outcome = (
    status: number,
    body = "{}",
    headers: Record<string, string> = { "content-type": "application/json" },
  ) => adapter.outcomeOf(authority, { status, headers, body: new TextEncoder().encode(body) });

  test("is done after an answer of success, with the declared ids alone", () => {
    expect(outcome(201, '{"id":"r_1","order":"o_1"}')).toEqual({
      effect: "done",
      ids: { refund: "r_1" },
      status: 201,
    });
    expect(outcome(204, "", {})).toEqual({ effect: "done", ids: {}, status: 204 });
    expect(outcome(201, '{"id":7}').ids).toEqual({});
  });

  test.for([400, 404, 405, 409, 410, 415, 422])("is none after the service's own %i", (status) => {
    expect(outcome(status).effect).toBe("none");
    expect(outcome(status, "<html>", { "content-type": "text/html" }).effect).toBe("unknown");
  });

  test.for([408, 425, 429, 500, 502, 503, 504])("is unknown after %i", (status) => {
    expect(outcome(status).effect).toBe("unknown");
  });

  test("is none after a challenge, and unknown after a 401 or 403 without one", () => {
    for (const status of [401, 403]) {
      expect(outcome(status, "", { "www-authenticate": 'DPoP algs="ES256"' }).effect).toBe("none");
      expect(outcome(status).effect).toBe("unknown");
    }
  });
});

function entry(name: string) {
  const found = Object.values(adapter.catalogue.operations).find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`no operation ${name}`);
  return found;
}
