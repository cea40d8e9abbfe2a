import { snowflake } from "@watchword/adapter-snowflake";
import { snowflakeCatalogue, statementBody } from "@watchword/adapter-snowflake/catalogue";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { orders } from "./orders-statements.ts";

const { ordersClose, ordersOfCustomer } = orders.statements;

/** Where and what is wrong with options. */
function problems(options: unknown): string[] {
  try {
    snowflake(options as Parameters<typeof snowflake>[0]);
    return [];
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  }
}
const withStatement = (change: object): unknown => ({
  ...orders,
  statements: { ordersClose: { ...ordersClose, ...change } },
});

describe("a declaration", () => {
  test("that fits together makes an operation of each statement, and two of every handle", () => {
    expect(problems(orders)).toEqual([]);
    expect(Object.keys(snowflakeCatalogue(orders).operations)).toEqual([
      "ordersOfCustomer",
      "ordersAbove",
      "ordersClose",
      "queriesSelect",
      "resultsRead",
      "statementsCancel",
    ]);
  });

  test.for<[string, unknown, RegExp]>([
    [
      "a write that calls itself a read",
      withStatement({ access: "read" }),
      /access: the statement is a write/,
    ],
    [
      "a read that calls itself a write",
      { ...orders, statements: { a: { ...ordersOfCustomer, access: "write" } } },
      /access: the statement is a read/,
    ],
    [
      "a place without an argument",
      withStatement({ statement: "DELETE FROM orders WHERE id = {order} AND note = {note} AND x = {other}" }),
      /statement: \{other\} is no argument/,
    ],
    [
      "an argument without a place",
      withStatement({ statement: "DELETE FROM orders WHERE id = {order}" }),
      /arguments: note has no place/,
    ],
    [
      "two statements of one text",
      { ...orders, statements: { a: ordersClose, b: { ...ordersClose, name: "orders.shut" } } },
      /b\.statement: a has the same/,
    ],
    [
      "two of one name",
      {
        ...orders,
        statements: { a: ordersClose, b: { ...ordersOfCustomer, name: ordersClose.name } },
      },
      /b\.name: a has the same/,
    ],
    ["the name of an own operation", withStatement({ name: "results.read" }), /adapter's own/],
    ["that of an agent's own query", withStatement({ name: "queries.select" }), /adapter's own/],
    [
      "an example that does not fit",
      withStatement({ example: { order: "x", note: "y" } }),
      /example: does not fit/,
    ],
    ["a write of which nobody hears", withStatement({ async: true }), /async: is for reads/],
    [
      "a statement that outlives its token",
      {
        ...orders,
        statements: { a: { ...ordersOfCustomer, async: true, timeoutSeconds: 61 } },
      },
      /timeoutSeconds/,
    ],
    [
      "a statement that is waited for longer than the gateway waits",
      withStatement({ timeoutSeconds: 26 }),
      /timeoutSeconds: must be 25 at most/,
    ],
    ["an administrator's role", { ...orders, role: "accountadmin" }, /role: is an administrator's/],
    ["one role that reads and writes", { ...orders, writeRole: "AGENT_RO" }, /writeRole: reads as well/],
    ["a warehouse in quotes", { ...orders, warehouse: '"My WH"' }, /warehouse: must be a name/],
    [
      "a twin on another machine",
      { ...orders, baseUrl: "http://10.0.0.1:8080" },
      /baseUrl: must be on a loopback/,
    ],
    [
      "an address of its own",
      { ...orders, baseUrl: "https://evil.example" },
      /baseUrl: must be on a loopback/,
    ],
    ["custody", { ...orders, custody: "released" }, /custody/],
    ["a table in quotes", { ...orders, select: { tables: { '"Orders"': ["ID"] } } }, /select\.tables/],
    ["a table without columns", { ...orders, select: { tables: { ORDERS: [] } } }, /select\.tables\.ORDERS/],
    ["no table to ask", { ...orders, select: { tables: {} } }, /select\.tables: must name a table/],
    ["no statement", { ...orders, statements: {} }, /must declare a statement/],
  ])("with %s does not load, and says where", ([, options, says]) => {
    expect(problems(options).join("\n")).toMatch(says);
  });
});

test("a tool gets the one body that the gateway takes, with the values bound in the order of their places", () => {
  const values = { customer: "c_1", since: "2026-01-01", gift: true };
  expect(statementBody(orders, "ordersOfCustomer", values)).toEqual({
    statement:
      "SELECT id, total FROM orders WHERE customer = ? AND placed >= TO_DATE(?) AND gift = ? ORDER BY placed DESC LIMIT 100",
    bindings: {
      "1": { type: "TEXT", value: "c_1" },
      "2": { type: "TEXT", value: "2026-01-01" },
      "3": { type: "BOOLEAN", value: "true" },
    },
  });
  expect(() => statementBody(orders, "ordersOfCustomer", { ...values, since: "2026-02-30" })).toThrow(
    expect.objectContaining({ reason: "request_malformed" }),
  );
});
