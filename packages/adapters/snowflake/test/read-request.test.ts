import { snowflake } from "@watchword/adapter-snowflake";
import { statementBody } from "@watchword/adapter-snowflake/catalogue";
import { canonicalRequest } from "@watchword/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orders } from "./orders-statements.ts";

const adapter = snowflake(orders);
const HANDLE = "01b2c3d4-0000-4e5f-0000-0a1b2c3d4e5f";
const VALUES = { customer: "c_1", since: "2026-01-01", gift: false };
const BODY = statementBody(orders, "ordersOfCustomer", VALUES);

const received = (method: string, target: string, body?: unknown, type = "application/json") =>
  canonicalRequest({
    method,
    target,
    headers: body === undefined ? [] : [["content-type", type]],
    body: new TextEncoder().encode(
      body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
    ),
  });
const seen = (...request: Parameters<typeof received>) => adapter.actionOf(received(...request));
const POST = ["POST", "/api/v2/statements"] as const;
const mismatch = expect.objectContaining({ reason: "request_mismatch" }) as Error;
const bound = (change: object) => ({ ...BODY, bindings: { ...BODY.bindings, ...change } });

describe("requests", () => {
  test("are read with the declared types, and with the place that they name", () => {
    expect(seen(...POST, { ...BODY, role: "AGENT_RO", timeout: 25 })).toEqual({
      operation: "orders.of_customer",
      resource: { role: "AGENT_RO" },
      arguments: VALUES,
    });
    const above = statementBody(orders, "ordersAbove", { total: 100 });
    expect(seen("POST", "/api/v2/statements?async=true", above).arguments).toEqual({ total: 100 });
    expect(seen("GET", `/api/v2/statements/${HANDLE}?partition=2`).arguments).toEqual({
      statement: HANDLE,
      partition: 2,
    });
    expect(seen("POST", `/api/v2/statements/${HANDLE}/cancel`).operation).toBe("statements.cancel");
  });

  test.for<[string, ...Parameters<typeof received>]>([
    ["a statement that is not declared", ...POST, { statement: "SELECT 1" }],
    ["one space more", ...POST, { ...BODY, statement: `${BODY.statement} ` }],
    ["a semicolon", ...POST, { ...BODY, statement: `${BODY.statement};` }],
    ["other capitals", ...POST, { ...BODY, statement: BODY.statement.toLowerCase() }],
    ["a bind variable less", ...POST, { statement: BODY.statement }],
    ["a bind variable more", ...POST, bound({ "4": { type: "TEXT", value: "x" } })],
    ["bind variables by another count", ...POST, bound({ "0": { type: "TEXT", value: "x" } })],
    ["another type", ...POST, bound({ "1": { type: "FIXED", value: "c_1" } })],
    ["a format", ...POST, bound({ "1": { type: "TEXT", value: "c_1", fmt: "x" } })],
    ["a list that is bound", ...POST, bound({ "1": { type: "TEXT", value: ["c_1", "c_2"] } })],
    ["a truth in other letters", ...POST, bound({ "3": { type: "BOOLEAN", value: "TRUE" } })],
    ["a day that is none", ...POST, bound({ "2": { type: "TEXT", value: "2026-13-01" } })],
    ["a value beyond its pattern", ...POST, bound({ "1": { type: "TEXT", value: "c_1' OR 1=1" } })],
    ["session parameters", ...POST, { ...BODY, parameters: { timezone: "x" } }],
    ["another timeout", ...POST, { ...BODY, timeout: 26 }],
    ["a role that is no text", ...POST, { ...BODY, role: 1 }],
    ["a member that is not known", ...POST, { ...BODY, resultSetMetaData: {} }],
    ["a member twice", ...POST, `{"statement":"x",${JSON.stringify(BODY).slice(1)}`],
    ["no JSON", ...POST, "statement=1", "application/x-www-form-urlencoded"],
    ["another charset", ...POST, BODY, "application/json; charset=utf-16"],
    ["an answer at once that is not declared", "POST", "/api/v2/statements?async=true", BODY],
    ["a request id", "POST", `/api/v2/statements?requestId=${HANDLE}`, BODY],
    ["texts for nulls", "POST", "/api/v2/statements?nullable=false", BODY],
    ["a partition with a zero in front", "GET", `/api/v2/statements/${HANDLE}?partition=01`],
    ["two partitions", "GET", `/api/v2/statements/${HANDLE}?partition=1&partition=2`],
    ["a handle in capitals", "GET", `/api/v2/statements/${HANDLE.toUpperCase()}`],
    ["no handle", "GET", "/api/v2/statements"],
    ["a cancellation by GET", "GET", `/api/v2/statements/${HANDLE}/cancel`],
    ["a cancellation with a statement", "POST", `/api/v2/statements/${HANDLE}/cancel`, { statement: "x" }],
    ["a driver's session", "POST", "/session/v1/login-request", {}],
    ["a driver's query", "POST", "/queries/v1/query-request", { sqlText: "SELECT 1" }],
    ["the rest of the API", "POST", "/api/v2/databases", { name: "x" }],
  ])("with %s are refused", ([, ...request]) => {
    expect(() => seen(...request)).toThrow(mismatch);
  });

  test("of a coded body are refused", () => {
    const coded = { ...received(...POST, BODY), headers: { "content-encoding": "gzip" } };
    expect(() => adapter.actionOf(coded)).toThrow(mismatch);
  });

  test("are written anew: every one says where it runs, how long, that it is one statement, and for which decision", () => {
    const place = {
      role: "AGENT_RO",
      warehouse: "AGENT_WH",
      database: "SHOP",
      schema: "PUBLIC",
    };
    const authority = adapter.plan({
      system: "warehouse",
      operation: "orders.above",
      resource: { account: "acme-prod", ...place },
      arguments: { total: 7 },
    });
    const stamp = { decisionId: "dec_1", idempotencyKey: "effect" };
    const sent = adapter.enforce(authority, received("GET", "/x"), stamp);
    expect(sent).toMatchObject({
      method: "POST",
      headers: { "x-snowflake-authorization-token-type": "OAUTH" },
    });
    expect(sent.url).toMatch(
      /^https:\/\/acme-prod\.snowflakecomputing\.com\/api\/v2\/statements\?requestId=[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}&async=true$/,
    );
    expect(JSON.parse(new TextDecoder().decode(sent.body))).toEqual({
      statement: "SELECT id, customer FROM orders WHERE total > ?",
      bindings: { "1": { type: "FIXED", value: "7" } },
      timeout: 60,
      ...place,
      parameters: { query_tag: '{"watchword_decision":"dec_1"}', multi_statement_count: 1 },
    });
    expect(adapter.enforce(authority, received("GET", "/x"), stamp).url).toBe(sent.url);
  });

  test("whatever is asked for, what is sent has the one text of its statement and no value in it", () => {
    const texts = new Set<string>();
    const property = fc.property(fc.string({ minLength: 1, maxLength: 200 }), (note) => {
      const authority = adapter.plan({
        system: "warehouse",
        operation: "orders.close",
        resource: {
          account: "acme-prod",
          role: "AGENT_RW",
          warehouse: "AGENT_WH",
          database: "SHOP",
          schema: "PUBLIC",
        },
        arguments: { order: "o_1", note },
      });
      const sent = adapter.enforce(authority, received("GET", "/x"), {
        decisionId: "dec_1",
        idempotencyKey: "k",
      });
      const body = JSON.parse(new TextDecoder().decode(sent.body)) as { statement: string; bindings: object };
      texts.add(body.statement);
      expect(body.bindings).toEqual({
        "1": { type: "TEXT", value: note },
        "2": { type: "TEXT", value: "o_1" },
      });
    });
    fc.assert(property, { numRuns: 100 });
    expect([...texts]).toEqual([
      "UPDATE orders SET state = 'closed', note = ? WHERE id = ? AND state <> 'closed'",
    ]);
  });
});

test("an argument that stands in two places has one value", () => {
  const twice = snowflake({
    ...orders,
    statements: {
      both: {
        name: "orders.both",
        access: "read",
        title: "Orders or notes",
        statement: "SELECT id FROM orders WHERE id = {text} OR note = {text}",
        arguments: { text: { type: "string", description: "What is looked for." } },
        example: { text: "x" },
      },
    },
  });
  const send = (...values: readonly string[]) =>
    twice.actionOf(
      received(...POST, {
        statement: "SELECT id FROM orders WHERE id = ? OR note = ?",
        bindings: Object.fromEntries(values.map((value, at) => [String(at + 1), { type: "TEXT", value }])),
      }),
    );
  expect(send("a", "a").arguments).toEqual({ text: "a" });
  expect(() => send("a", "b")).toThrow(mismatch);
});
