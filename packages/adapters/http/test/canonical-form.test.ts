import { type HttpOptions, http } from "@watchword/adapter-http";
import {
  type Authority,
  type OutboundRequest,
  Refusal,
  canonicalRequest,
  canonicalJson,
} from "@watchword/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { orders } from "./orders-declaration.ts";

const ORIGIN = orders.origin;
const word = { type: "string", maxLength: 40, description: "x" } as const;
const ids = { order: { argument: "order" } } as const;

/** Every kind of place: paths with the account, query and body, amounts in both units, constants, lists. */
const declared = {
  ...orders,
  tenancy: "path",
  headers: {},
  operations: {
    read: {
      name: "read",
      access: "read",
      title: "x",
      method: "GET",
      path: "/v1/{account}/orders/{order}/lines/{line}",
      arguments: {
        order: word,
        line: { type: "integer", description: "x" },
        text: { ...word, optional: true },
        flag: { type: "boolean", optional: true, description: "x" },
        price: {
          type: "money",
          units: "decimal",
          currencies: ["JPY", "USD"],
          optional: true,
          description: "x",
        },
      },
      query: {
        text: "text",
        "filter[flag]": "flag",
        $view: { constant: "a b&c" },
        price: "price.minor",
        currency: "price.currency",
      },
      example: { order: "a", line: 0 },
    },
    readLines: {
      name: "lines",
      access: "read",
      title: "x",
      method: "GET",
      path: "/v1/{account}/orders/{order}/lines",
      arguments: { order: word },
      example: { order: "a" },
    },
    write: {
      name: "write",
      access: "write",
      title: "x",
      method: "POST",
      path: "/v1/{account}/orders/{order}/acts",
      arguments: {
        order: word,
        text: { ...word, optional: true },
        amount: { type: "money", units: "minor", currencies: ["USD"], description: "x" },
        tags: { type: "array", items: word, maxItems: 3, optional: true, description: "x" },
        extra: {
          type: "object",
          properties: { a: { type: "integer", optional: true }, b: { type: "boolean" } },
          optional: true,
          description: "x",
        },
      },
      body: {
        "/act": { constant: "write" },
        "/in/amount": "amount.minor",
        "/in/text": "text",
        "/tags": "tags",
        "/extra": "extra",
      },
      ids,
      example: { order: "a", amount: { minor: 1, currency: "USD" } },
    },
    send: {
      name: "send",
      access: "write",
      title: "x",
      method: "POST",
      path: "/v1/{account}/orders/{order}/sends",
      arguments: {
        order: word,
        text: { ...word, optional: true },
        flag: { type: "boolean", optional: true, description: "x" },
      },
      form: { "message[text]": "text", flag: "flag", kind: { constant: 7 } },
      ids,
      example: { order: "a" },
    },
    erase: {
      name: "erase",
      access: "write",
      title: "x",
      method: "POST",
      path: "/v1/{account}/orders/{order}/acts",
      arguments: { order: word, text: { ...word, optional: true } },
      body: { "/act": { constant: "erase" }, "/in/text": "text" },
      ids,
      example: { order: "a" },
    },
  },
  lookups: {},
  check: { path: "/v1/{account}" },
} as const satisfies HttpOptions;

const adapter = http(declared);
const STAMP = { decisionId: "dec_1", idempotencyKey: "key" };
const BLANK = canonicalRequest({ method: "GET", target: "/x", headers: [], body: new Uint8Array() });

const id = fc.oneof(
  fc.constantFrom("a", "1", "lines", "orders", "acts", "~", "a.b", "A-_9"),
  fc.stringMatching(/^[A-Za-z0-9_~-]{1,12}$/),
);
const text = fc
  .oneof(
    fc
      .string({ unit: "grapheme", maxLength: 12 })
      .filter((value) => value.isWellFormed() && value.length <= 40),
    fc.constantFrom(
      "",
      "&text=x",
      "a+b",
      "%2e%2e",
      "a=b&$view=x",
      "?x#y",
      "/../",
      '","act":"erase',
      "\u2028",
    ),
  )
  .filter((value) => !value.includes("\u0000"));
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });

const values = fc.oneof(
  fc.record({
    operation: fc.constant("read"),
    order: id,
    line: fc.nat({ max: 30 }),
    text: maybe(text),
    flag: maybe(fc.boolean()),
    price: maybe(
      fc.record({ minor: fc.integer({ min: 1, max: 5_000 }), currency: fc.constantFrom("JPY", "USD") }),
    ),
  }),
  fc.record({ operation: fc.constant("lines"), order: id }),
  fc.record({
    operation: fc.constant("write"),
    order: id,
    text: maybe(text),
    amount: fc.record({ minor: fc.integer({ min: 1, max: 5_000 }), currency: fc.constant("USD") }),
    tags: maybe(fc.array(text, { maxLength: 3 })),
    extra: maybe(fc.oneof(fc.record({ b: fc.boolean() }), fc.record({ a: fc.integer(), b: fc.boolean() }))),
  }),
  fc.record({ operation: fc.constant("erase"), order: id, text: maybe(text) }),
  fc.record({ operation: fc.constant("send"), order: id, text: maybe(text), flag: maybe(fc.boolean()) }),
);

/** A decided authority, out of everything that the declaration can express. */
const authority: fc.Arbitrary<Authority> = fc
  .tuple(values, fc.constantFrom("acme", "globex", "orders", "v1"))
  .map(([{ operation, ...named }, account]) =>
    adapter.plan({
      system: "shop",
      operation,
      resource: { account },
      arguments: JSON.parse(JSON.stringify(named)) as Authority["arguments"],
    }),
  );

const sent = (decided: Authority): OutboundRequest => adapter.enforce(decided, BLANK, STAMP);
const textOf = ({ method, url, body }: OutboundRequest): string =>
  JSON.stringify([method, url, body === undefined ? "" : new TextDecoder().decode(body)]);

function received({ method, url, headers, body }: OutboundRequest) {
  const { pathname, search } = new URL(url);
  return canonicalRequest({
    method,
    target: `${pathname}${search}`,
    headers: Object.entries(headers),
    body: body ?? new Uint8Array(),
  });
}

test("what leaves for a decided action is read back as that action, and as no other", () => {
  fc.assert(
    fc.property(authority, (decided) => {
      const seen = adapter.actionOf(received(sent(decided)));
      const { operation, resource, arguments: named } = decided;
      // The only currency stands in no request.
      const { amount, ...others } = named;
      const written =
        operation === "write" ? { ...others, amount: { minor: (amount as { minor: number }).minor } } : named;
      expect(canonicalJson(seen)).toBe(canonicalJson({ operation, resource, arguments: written }));
    }),
    { numRuns: 300 },
  );
});

test("no two different decided actions share a request", () => {
  const byRequest = new Map<string, string>();
  fc.assert(
    fc.property(authority, (decided) => {
      const request = textOf(sent(decided));
      const known = byRequest.get(request) ?? canonicalJson(decided);
      byRequest.set(request, known);
      expect(canonicalJson(decided)).toBe(known);
    }),
    { numRuns: 500 },
  );
  expect(byRequest.size).toBeGreaterThan(100);
});

const PATHS = [
  /^\/v1\/[A-Za-z0-9._~-]+\/orders\/[A-Za-z0-9._~-]+\/lines\/\d+$/,
  /^\/v1\/[A-Za-z0-9._~-]+\/orders\/[A-Za-z0-9._~-]+\/(?:lines|acts)$/,
];

/** Pieces of which an attacker would build a target, mixed with those of an honest one. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("v1", "acme", "orders", "lines", "acts", "a", "1", "0") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      ".",
      "..",
      "%2e%2e",
      "..;",
      "%2f",
      "%252f",
      "a%00",
      ";x",
      "a.",
      "\\",
      "@evil",
      "*",
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
);
const odd = fc.constantFrom("", "?text=x", "?$view=x", "?%24view=a+b%26c&$view=x", "?$view=a+b%26c&x=1");
const viewed = fc.constantFrom("?$view=a+b%26c", "?$view=a%20b%26c&text=x", "?text=&%24view=a+b%26c");
const query = (honest: fc.Arbitrary<string>) => fc.oneof({ weight: 3, arbitrary: honest }, odd);
const target = fc
  .oneof(
    fc.tuple(fc.array(piece, { minLength: 1, maxLength: 7 }), odd),
    fc
      .tuple(fc.tuple(piece, fc.oneof(piece, fc.constant("7"))), query(viewed))
      .map(([[order, line], rest]) => [["v1", "acme", "orders", order, "lines", line], rest] as const),
    fc
      .tuple(piece, fc.constantFrom("lines", "acts"), query(fc.constant("")))
      .map(([order, last, rest]) => [["v1", "acme", "orders", order, last], rest] as const),
  )
  .map(([pieces, rest]) => `/${pieces.join("/")}${rest}`);

test("whatever arrives, what is accepted stays within a template and on the origin", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom("GET", "POST"), target, (method, path) => {
      const body = new TextEncoder().encode(method === "POST" ? '{"act":"erase"}' : "");
      const headers: [string, string][] = method === "POST" ? [["content-type", "application/json"]] : [];
      let request: OutboundRequest;
      try {
        const seen = adapter.actionOf(canonicalRequest({ method, target: path, headers, body }));
        request = sent(adapter.plan({ system: "shop", ...seen }));
      } catch (error) {
        if (Refusal.is(error)) return;
        throw error;
      }
      accepted++;
      const url = new URL(request.url);
      // The URL is already what a URL parser makes of it: nothing in it is left to be interpreted.
      expect(url.href).toBe(request.url);
      expect(url.origin).toBe(ORIGIN);
      expect(PATHS.some((pattern) => pattern.test(url.pathname))).toBe(true);
      expect(url.pathname).toBe(path.split("?")[0]);
    }),
    { numRuns: 800 },
  );
  expect(accepted).toBeGreaterThan(50);
});
