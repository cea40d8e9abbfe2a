import { type OauthOptions, oauth } from "@watchword/adapter-oauth";
import { describe, expect, test } from "vitest";
import { SCOPES, orders } from "./orders-declaration.ts";

const AUTHORIZATION = {
  issuer: "https://login.orders.example",
  tokenEndpoint: "https://login.orders.example/token",
  client: "private_key_jwt",
  scopes: SCOPES,
  checkScopes: ["orders:read"],
} as const satisfies OauthOptions["authorization"];

const made = (changes: object, whole: object = {}) =>
  oauth({ ...orders, authorization: { ...AUTHORIZATION, ...changes }, ...whole });

describe("a declaration is refused at construction", () => {
  test.for<[string, object, RegExp]>([
    ["a typo", { tokenEndpont: "https://x.example" }, /tokenEndpont/],
    ["an operation without a scope", { scopes: { ...SCOPES, ordersCancel: [] } }, /must name a scope/],
    ["an operation that is left out", { scopes: { ordersRetrieve: ["orders:read"] } }, /must name a scope/],
    [
      "scopes of what is not declared",
      { scopes: { ...SCOPES, ordersDelete: ["x"] } },
      /is no declared operation/,
    ],
    ["two scopes as one", { scopes: { ...SCOPES, ordersCancel: ["a b"] } }, /must be one scope/],
    ["a scope twice", { scopes: { ...SCOPES, ordersCancel: ["a", "a"] } }, /names a scope twice/],
    [
      "plain http to another machine",
      { tokenEndpoint: "http://login.orders.example/token" },
      /must be an https URL/,
    ],
    ["a user in an address", { tokenEndpoint: "https://me@login.orders.example/token" }, /without user/],
    [
      "a query in an address",
      { revocationEndpoint: "https://login.orders.example/r?x=1" },
      /without user, query/,
    ],
    ["a prefix for keys", { testPrefix: "test_" }, /is for client secrets only/],
    ["a life without bounds", { lifeSeconds: 100_000 }, /86400/],
    ["a resource with a fragment", { resource: "https://orders.example/#x" }, /has no fragment/],
  ])("%s", ([, changes, message]) => {
    expect(() => made(changes)).toThrow(message);
  });

  test("what adapter-http refuses of the API, and a place for a key", () => {
    expect(() => made({}, { secret: { header: "x-api-key" } })).toThrow(/secret/);
    expect(() => made({}, { lookups: { order: { operation: "refundsCreate", id: "/id" } } })).toThrow(
      /lookups/,
    );
  });
});

test("scopes enforce no axis of an action; authorization details enforce all", () => {
  const axes = ["account", "operation", "object", "field"];
  expect(made({}).capabilities).toMatchObject({
    custody: "released",
    revoke: "none",
    enforcedBySystem: [],
    enforcedByGateway: axes,
  });
  expect(made({ details: { type: "https://orders.example/action" } }).capabilities).toMatchObject({
    enforcedBySystem: axes,
    enforcedByGateway: [],
  });
});

test("a token that is bound to a key stays in the gateway, whatever a grant says", () => {
  expect(made({ dpop: true }).capabilities.custody).toBe("gateway");
});

test("a client by federation has no secret to put", () => {
  expect(made({ client: "federation" }).capabilities.rootSecret).toBe("none");
  expect(made({}).capabilities.rootSecret).toBeUndefined();
});
