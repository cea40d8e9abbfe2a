import { snowflake } from "@watchword/adapter-snowflake";
import { canonicalRequest, newAction } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type Selectable, selectProblem } from "../src/select-grammar.ts";
import { orders } from "./orders-statements.ts";

const selectable: Selectable = {
  maxRows: 50,
  tables: new Map([
    ["ORDERS", new Set(["ID", "CUSTOMER", "TOTAL", "PLACED"])],
    ["SHOP.OTHER.NOTES", new Set(["ID"])],
  ]),
};
const problem = (text: string) => selectProblem(selectable, text);

describe("a query of an agent's own is taken", () => {
  test.for([
    "SELECT id FROM orders LIMIT 50",
    "select distinct customer, total * 2 from Orders where (placed >= '2026-01-01' and total > 100) or id in ('o_1', 'o_2') order by total desc nulls last limit 10",
    "SELECT customer, COUNT(*), SUM(total) FROM orders GROUP BY customer HAVING SUM(total) > 100 ORDER BY 3 LIMIT 5",
    "SELECT UPPER(id) FROM shop.other.notes WHERE id NOT LIKE 'x; DROP TABLE y --%' LIMIT 1",
    "SELECT DATE_TRUNC('month', placed), AVG(total) FROM orders WHERE placed < CURRENT_DATE GROUP BY 1 LIMIT 12",
  ])("%s", (text) => expect(problem(text)).toBeUndefined());
});

describe("a query of an agent's own is refused", () => {
  test.for<[string, string, RegExp]>([
    ["another table", "SELECT id FROM salaries LIMIT 1", /declared table/],
    ["another schema's table of that name", "SELECT id FROM hr.orders LIMIT 1", /declared table/],
    ["a second table", "SELECT id FROM orders, salaries LIMIT 1", /behind its table/],
    ["a join", "SELECT id FROM orders JOIN salaries ON id = id LIMIT 1", /behind its table/],
    ["an alias", "SELECT id FROM orders o LIMIT 1", /behind its table/],
    ["a table of another time", "SELECT id FROM orders AT (OFFSET) LIMIT 1", /behind its table/],
    ["a subquery", "SELECT id FROM orders WHERE id IN (SELECT id FROM orders) LIMIT 1", /says SELECT twice/],
    ["a table within a subquery", "SELECT id FROM (SELECT id FROM salaries) LIMIT 1", /declared table/],
    ["a union", "SELECT id FROM orders UNION SELECT id FROM orders LIMIT 1", /behind its table/],
    ["a column that is not declared", "SELECT card FROM orders LIMIT 1", /holds card/],
    ["it in a condition", "SELECT id FROM orders WHERE card = '4' LIMIT 1", /holds card/],
    ["all columns", "SELECT * FROM orders LIMIT 1", /holds \*/],
    ["all columns beside one", "SELECT id, * FROM orders LIMIT 1", /holds \*/],
    ["all columns by a table", "SELECT orders.* FROM orders LIMIT 1", /holds orders/],
    ["all columns in a function", "SELECT MAX(*) FROM orders LIMIT 1", /holds \*/],
    ["no limit", "SELECT id FROM orders", /behind its table/],
    ["too much", "SELECT id FROM orders LIMIT 51", /LIMIT and 50/],
    ["a limit that is none", "SELECT id FROM orders WHERE id = 'LIMIT 1'", /LIMIT and 50/],
    ["a limit before the end", "SELECT id FROM orders LIMIT 1 OFFSET 5", /LIMIT and 50/],
    ["a function that is not listed", "SELECT pay(id) FROM orders LIMIT 1", /holds pay/],
    ["a column that is called", "SELECT total(id) FROM orders LIMIT 1", /holds total/],
    ["a function of a schema", "SELECT util.upper(id) FROM orders LIMIT 1", /holds util/],
    ["a sequence", "SELECT seq.nextval FROM orders LIMIT 1", /holds seq/],
    ["a system function", "SELECT SYSTEM$WAIT(1) FROM orders LIMIT 1", /"\$"/],
    ["a copy of the answer", "SELECT id INTO x FROM orders LIMIT 1", /holds INTO/],
    ["a name in quotes", 'SELECT "ID" FROM orders LIMIT 1', /holds ID/],
    ["a table in quotes", 'SELECT id FROM "ORDERS" LIMIT 1', /declared table/],
    ["a second statement", "SELECT id FROM orders LIMIT 1; DROP TABLE orders", /";"/],
    ["a change", "DELETE FROM orders WHERE id = 'o_1' LIMIT 1", /begin with SELECT/],
    ["a change behind a WITH", "WITH x AS (SELECT 1) DELETE FROM orders LIMIT 1", /begin with SELECT/],
    ["a lock", "SELECT id FROM orders FOR UPDATE LIMIT 1", /behind its table/],
    ["a bind variable", "SELECT id FROM orders WHERE id = ? LIMIT 1", /"\?"/],
    ["a place", "SELECT id FROM orders WHERE id = {id} LIMIT 1", /holds id/],
    ["a comment", "SELECT id /* all */ FROM orders LIMIT 1", /\/\* at/],
    ["a cast", "SELECT id::varchar FROM orders LIMIT 1", /holds ::/],
    ["parentheses the wrong way round", "SELECT id) FROM orders WHERE (id = 'x' LIMIT 1", /parenthesis/],
    ["nothing", "", /declared table/],
  ])("%s", ([, text, says]) => expect(problem(text)).toMatch(says));
});

describe("the operation", () => {
  const adapter = snowflake(orders);
  const place = {
    account: "acme-prod",
    role: "AGENT_RO",
    warehouse: "AGENT_WH",
    database: "SHOP",
    schema: "PUBLIC",
  };
  const plan = (statement: string) =>
    adapter.plan({
      system: "warehouse",
      operation: "queries.select",
      resource: place,
      arguments: { statement },
    });
  const received = (body: object) =>
    canonicalRequest({
      method: "POST",
      target: "/api/v2/statements",
      headers: [["content-type", "application/json"]],
      body: new TextEncoder().encode(JSON.stringify(body)),
    });

  test("plans the whole text and sends it, in its place and with its time; what is not in the grammar nobody plans", () => {
    const statement = "SELECT id FROM orders LIMIT 5";
    const authority = plan(statement);
    expect(authority.native["scopes"]).toEqual(["session:role:AGENT_RO"]);
    const sent = adapter.enforce(authority, received({}), { decisionId: "dec_1", idempotencyKey: "k" });
    expect(JSON.parse(new TextDecoder().decode(sent.body))).toMatchObject({
      statement,
      timeout: 25,
      role: "AGENT_RO",
      warehouse: "AGENT_WH",
      parameters: { multi_statement_count: 1 },
    });
    expect(adapter.actionOf(received({ statement }))).toMatchObject({
      operation: "queries.select",
      arguments: { statement },
    });
    expect(() => plan("SELECT id FROM salaries LIMIT 5")).toThrow(
      expect.objectContaining({ reason: "request_malformed" }),
    );
    for (const body of [
      { statement: "SELECT id FROM salaries LIMIT 5" },
      { statement, bindings: { "1": { type: "TEXT", value: "x" } } },
      { statement, timeout: 60 },
      { statement: 1 },
    ])
      expect(() => adapter.actionOf(received(body))).toThrow(
        expect.objectContaining({ reason: "request_mismatch" }),
      );
  });

  test("is not there where no table is declared", async () => {
    const { select: _none, ...others } = orders;
    const without = snowflake(others);
    const action = newAction({
      system: "warehouse",
      operation: "queries.select",
      resource: {},
      arguments: {},
    });
    expect(() => without.plan(action)).toThrow(expect.objectContaining({ reason: "unknown_target" }));
    expect(() => without.actionOf(received({ statement: "SELECT id FROM orders LIMIT 5" }))).toThrow(
      expect.objectContaining({ reason: "request_mismatch" }),
    );
  });
});
