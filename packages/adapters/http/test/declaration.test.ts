import { http } from "@watchword/adapter-http";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { orders } from "./orders-declaration.ts";

type Declaration = Record<string, unknown>;
const operations = orders.operations;
const { order } = operations.ordersRetrieve.arguments;
const note = { type: "string", description: "x" };

/** What is wrong with the declaration after a change, as `path: message`. */
function problemsOf(change: Declaration): string {
  try {
    http({ ...orders, ...change });
  } catch (error) {
    if (error instanceof z.ZodError)
      return error.issues
        .map((issue) => {
          const text = issue.code === "invalid_key" ? issue.issues[0]?.message : issue.message;
          return `${issue.path.join(".")}: ${text}`;
        })
        .join("\n");
    throw error;
  }
  return "";
}

/** The declaration with one operation changed. */
const changed = (key: keyof typeof operations, change: Declaration): Declaration => ({
  operations: { ...operations, [key]: { ...operations[key], ...change } },
});

describe("a declaration that could be read in two ways, or would leave something open, does not load", () => {
  test.for<{ why: string; change: Declaration; says: RegExp }>([
    {
      why: "custody by an option",
      change: { custody: "released" },
      says: /Unrecognized key: "custody"/,
    },
    {
      why: "a key in the query",
      change: { secret: { query: "api_key" } },
      says: /^secret: /,
    },
    {
      why: "a key in Authorization without a scheme",
      change: { secret: { header: "authorization" } },
      says: /secret/,
    },
    {
      why: "a key in a header that frames the request",
      change: { secret: { header: "transfer-encoding" } },
      says: /secret/,
    },
    ...[
      "http://orders.example",
      "https://orders.example/",
      "https://orders.example/v1",
      "https://user@orders.example",
      "https://orders.example.",
      "https://ORDERS.example",
      "https://orders.example:443",
      "https://orders.example#x",
      "ftp://orders.example",
      "orders.example",
      "http://0x7f.1",
      "http://127.0.0.1.evil.example",
    ].map((origin) => ({ why: `the origin ${origin}`, change: { origin }, says: /^origin: must/m })),
    {
      why: "an account in the host beside a header",
      change: { origin: "https://{account}.orders.example" },
      says: /origin: holds \{account\} with tenancy "subdomain", and with no other/,
    },
    {
      why: "no account in a host that should have it",
      change: { tenancy: "subdomain" },
      says: /origin: holds \{account\} with tenancy "subdomain"/,
    },
    ...[
      "https://orders.{account}.example",
      "https://{account}.{account}.example",
      "https://{account}.orders.example/v1",
      "http://{account}.localhost",
      "https://{account}.",
      "https://x{account}.orders.example",
    ].map((origin) => ({
      why: `the origin ${origin}`,
      change: { origin, tenancy: "subdomain" },
      says: /^origin: /m,
    })),
    {
      why: "a twin that is another system",
      change: { baseUrl: "https://evil.example" },
      says: /baseUrl: must be a twin on a loopback host/,
    },
    ...[
      "orders",
      "/v1/",
      "//v1",
      "/v1/../orders",
      "/v1/./orders",
      "/v1/%6frders",
      "/v1/orders;x",
      "/v1/orders?limit=1",
      "/v1/orders/x{order}",
      "/v1/orders/{order}:cancel",
      "/v1/{Order}",
      "/v1/.orders",
    ].map((path) => ({
      why: `the path ${path}`,
      change: changed("ordersCancel", { path }),
      says: /operations\.ordersCancel\.path: must be a path whose segments are/,
    })),
    {
      why: "a place in the path for no argument",
      change: changed("ordersCancel", { path: "/v1/orders/{order}/{other}" }),
      says: /\{other\} must be an argument/,
    },
    {
      why: "an argument that has two places",
      change: changed("ordersCancel", { path: "/v1/orders/{order}/{order}" }),
      says: /order has two places/,
    },
    {
      why: "an argument that has no place",
      change: changed("ordersCancel", { arguments: { order, note } }),
      says: /arguments\.note: has no place/,
    },
    {
      why: "an optional argument in the path",
      change: changed("ordersCancel", { arguments: { order: { ...order, optional: true } } }),
      says: /\{order\} must be an argument that is a string or an integer and not optional/,
    },
    {
      why: "an argument that nobody described",
      change: changed("ordersCancel", { arguments: { order: { type: "string" } } }),
      says: /arguments\.order: needs a description/,
    },
    ...["ord_.*", "^ord_.*", "ord_.*$", "^(ord$", "^ord\\$"].map((pattern) => ({
      why: `the pattern ${pattern}`,
      change: changed("ordersCancel", { arguments: { order: { ...order, pattern } } }),
      says: /pattern: must/,
    })),
    {
      why: "a word of JSON Schema that is not read",
      change: changed("ordersCancel", { arguments: { order: { ...order, format: "uuid" } } }),
      says: /Unrecognized key: "format"/,
    },
    {
      why: "the account as an argument",
      change: changed("ordersCancel", { arguments: { order, account: note } }),
      says: /account is the tenant's/,
    },
    {
      why: "the account in the path beside a header",
      change: changed("ordersCancel", { path: "/v1/accounts/{account}/orders/{order}/cancel" }),
      says: /\{account\} stands in paths with tenancy "path" only/,
    },
    {
      why: "no account in a path that should have it",
      change: { tenancy: "path" },
      says: /operations\.ordersRetrieve\.path: must hold \{account\} once/,
    },
    {
      why: "a GET that changes something",
      change: changed("ordersCancel", { method: "GET" }),
      says: /a GET that changes something/,
    },
    {
      why: "a read by DELETE",
      change: changed("noteDelete", { access: "read" }),
      says: /DELETE is a write/,
    },
    {
      why: "a body on DELETE",
      change: changed("noteDelete", { arguments: { order, note }, body: { "/note": "note" } }),
      says: /DELETE has no body/,
    },
    {
      why: "an empty body",
      change: changed("ordersCancel", { body: {} }),
      says: /holds nothing/,
    },
    {
      why: "an empty form",
      change: changed("ordersCancel", { form: {} }),
      says: /form: holds nothing/,
    },
    {
      why: "a form beside a JSON body",
      change: changed("ordersAnnotate", { form: { x: { constant: "x" } } }),
      says: /form: stands beside body/,
    },
    {
      why: "a form on DELETE",
      change: changed("noteDelete", { form: { x: { constant: "x" } } }),
      says: /DELETE has no body/,
    },
    {
      why: "a method override in a form",
      change: changed("ordersCancel", { form: { _method: { constant: "DELETE" } } }),
      says: /is a method override/,
    },
    {
      why: "one place of the body above another",
      change: changed("ordersAnnotate", {
        arguments: { order, note, more: note },
        body: { "/note": "note", "/note/more": "more" },
        example: { order: "ord_1", note: "x", more: "y" },
      }),
      says: /stands above another place/,
    },
    {
      why: "a prototype in the body",
      change: changed("ordersAnnotate", { body: { "/constructor": "note" } }),
      says: /names a forbidden member/,
    },
    {
      why: "a method override in the body",
      change: changed("ordersAnnotate", { body: { "/_method": "note" } }),
      says: /is a method override/,
    },
    {
      why: "a list in the query",
      change: changed("ordersList", {
        arguments: { ids: { type: "array", items: { type: "string" }, description: "x" } },
        query: { ids: "ids" },
        example: { ids: [] },
      }),
      says: /ids is not a single value/,
    },
    ...["_method", "X-HTTP-Method-Override", "_HttpMethod"].map((name) => ({
      why: `the query parameter ${name}`,
      change: changed("ordersList", { query: { [name]: "status", limit: "limit" } }),
      says: /is a method override/,
    })),
    ...[
      "x-http-method-override",
      "cookie",
      "host",
      "content-length",
      "x-forwarded-host",
      "authorization",
    ].map((name) => ({
      why: `the header ${name}`,
      change: { headers: { [name]: "x" } },
      says: /is a header that the gateway or the connection owns/,
    })),
    {
      why: "a header with a line break",
      change: { headers: { "x-version": "1\r\nhost: evil.example" } },
      says: /printable ASCII/,
    },
    {
      why: "two things in one header",
      change: { headers: { "x-account": "globex" } },
      says: /two things are written into x-account/,
    },
    {
      why: "an amount without its unit",
      change: changed("refundsCreate", {
        arguments: { ...operations.refundsCreate.arguments, amount: { type: "money", currencies: ["USD"] } },
      }),
      says: /amount\.units/,
    },
    {
      why: "an amount that a write may leave out",
      change: changed("refundsCreate", {
        arguments: {
          ...operations.refundsCreate.arguments,
          amount: { ...operations.refundsCreate.arguments.amount, optional: true },
        },
      }),
      says: /arguments\.amount: may be left out, and at many systems that means all of it/,
    },
    {
      why: "an amount in a currency that nobody says",
      change: changed("refundsCreate", {
        arguments: {
          ...operations.refundsCreate.arguments,
          amount: { type: "money", units: "minor", currencies: ["EUR", "USD"], description: "x" },
        },
      }),
      says: /more than one currency, and neither request nor fact says which/,
    },
    {
      why: "decimals whose number only a look-up would say",
      change: changed("refundsCreate", {
        arguments: {
          ...operations.refundsCreate.arguments,
          amount: { ...operations.refundsCreate.arguments.amount, units: "decimal" },
        },
      }),
      says: /is decimal, and how many decimals/,
    },
    {
      why: "a currency from a fact that no look-up gives",
      change: { lookups: { order: { ...orders.lookups.order, facts: {} } } },
      says: /takes its currency from order\.currency, which no look-up gives/,
    },
    {
      why: "an amount as one text",
      change: changed("refundsCreate", { body: { "/amount": "amount", "/reason": "reason" } }),
      says: /amount is an amount: say amount\.minor or amount\.currency/,
    },
    {
      why: "a write that leaves no id",
      change: changed("ordersCancel", { ids: {} }),
      says: /must name what a write touched/,
    },
    {
      why: "an example that does not fit",
      change: changed("ordersCancel", { example: { order: "ch_1" } }),
      says: /example: does not fit the arguments/,
    },
    {
      why: "a look-up by a write",
      change: { lookups: { order: { ...orders.lookups.order, operation: "ordersCancel" } } },
      says: /ordersCancel is not a read by GET/,
    },
    {
      why: "a look-up by what is not declared",
      change: { lookups: { order: { ...orders.lookups.order, operation: "toString" } } },
      says: /toString is not declared/,
    },
    {
      why: "a look-up that does not ask whose the object is",
      change: { lookups: { order: { operation: "ordersRetrieve", id: "/id" } } },
      says: /the key reaches more than one tenant/,
    },
    {
      why: "a list in a shared account",
      change: { tenancy: "shared" },
      says: /operations\.ordersList\.arguments: must name an object that is looked up/,
    },
    {
      why: "a check that would not see a foreign account",
      change: { tenancy: "key", check: { path: "/v1/account" } },
      says: /check\.account: must say where the answer names the account/,
    },
    {
      why: "two operations for one request",
      change: {
        operations: {
          ...operations,
          ordersSearch: { ...operations.ordersRetrieve, name: "orders.search", path: "/v1/orders/{order}" },
        },
      },
      says: /ordersSearch\.path: a request could be this and ordersRetrieve/,
    },
    {
      why: "two operations of one name",
      change: {
        operations: { ...operations, again: { ...operations.ordersCancel, path: "/v1/orders/{order}/stop" } },
      },
      says: /again\.name: ordersCancel has the same name/,
    },
  ])("$why", ({ change, says }) => {
    expect(problemsOf(change)).toMatch(says);
  });
});

describe("operations of one path", () => {
  test("are told apart by a pattern that refuses the other's text", () => {
    const change = {
      operations: {
        ...operations,
        ordersRecent: { ...operations.ordersList, name: "orders.recent", path: "/v1/orders/recent" },
      },
    };
    expect(problemsOf(change)).toBe("");
  });

  test("and by a constant at the same place", () => {
    const act = (action: string) => ({
      ...operations.ordersCancel,
      name: `orders.${action}`,
      path: "/v1/orders/{order}/actions",
      body: { "/action": { constant: action } },
    });
    expect(problemsOf({ operations: { ...operations, hold: act("hold"), free: act("free") } })).toBe("");
    const [hold, free] = [act("hold"), { ...act("hold"), name: "orders.free" }];
    expect(problemsOf({ operations: { ...operations, hold, free } })).toMatch(
      /a request could be this and hold/,
    );
  });
});

test("an alternative in a pattern is held at both ends", () => {
  const adapter = http({
    ...orders,
    ...changed("ordersCancel", { arguments: { order: { ...order, pattern: "^ord_example|ord_other$" } } }),
  });
  const parsed = (text: string) =>
    adapter.catalogue.operations["ordersCancel"]?.arguments.safeParse({ order: text }).success;
  expect(["ord_example", "ord_other", "ord_example1", "xord_other"].map(parsed)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
