import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { snowflakeCatalogue, statementBody } from "@watchword/adapter-snowflake/catalogue";
import { type ValueMap, system } from "@watchword/core";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, ORIGIN, OWN, type SnowflakeWorld, orders, snowflakeWorld } from "./snowflake-world.ts";

const warehouse = system("warehouse", snowflakeCatalogue(orders));
const STATEMENTS = `${ORIGIN}/api/v2/statements`;

let world: SnowflakeWorld;
beforeAll(async () => {
  world = await snowflakeWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => void (world.twin.requests as unknown[]).splice(0));

interface Answer {
  readonly statementHandle: string;
  readonly data?: readonly (readonly string[])[];
}

const post = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const read = async (response: Response): Promise<Answer> => (await response.json()) as Answer;

/** A guarded statement that the tool sends as it likes. */
const asking = <Result>(
  reference: (typeof warehouse)["ordersOfCustomer"],
  execute: (credential: GuardedCredential, values: ValueMap) => Promise<Result>,
) =>
  guard(
    { name: "ask", execute: (values: ValueMap, { credential }) => execute(credential, values) },
    bind(reference, (values: ValueMap) => values),
  );
const ofCustomer = asking(warehouse.ordersOfCustomer, async ({ fetch }, values) =>
  read(await fetch(STATEMENTS, post(statementBody(orders, "ordersOfCustomer", values)))),
);
const startAll = asking(warehouse.ordersAll, async ({ fetch }) =>
  read(await fetch(`${STATEMENTS}?async=true`, post(statementBody(orders, "ordersAll", {})))),
);
const close = asking(warehouse.ordersClose, async ({ fetch }, values) =>
  read(await fetch(STATEMENTS, post(statementBody(orders, "ordersClose", values)))),
);
const part = guard(
  {
    name: "read_part",
    execute: async ({ statement, partition }: { statement: string; partition?: number }, { credential }) => {
      const query = partition === undefined ? "" : `?partition=${partition}`;
      return read(await credential.fetch(`${STATEMENTS}/${statement}${query}`));
    },
  },
  bind(warehouse.resultsRead, (values: { statement: string; partition?: number }) => ({ ...values })),
);
const cancel = guard(
  {
    name: "cancel",
    execute: async ({ statement }: { statement: string }, { credential }) =>
      read(await credential.fetch(`${STATEMENTS}/${statement}/cancel`, { method: "POST" })),
  },
  bind(warehouse.statementsCancel, (values: { statement: string }) => values),
);

/** What came of a call that was not denied. */
function answered(result: unknown): Answer {
  if (typeof result === "object" && result !== null && "statementHandle" in result) return result as Answer;
  throw new Error(inspect(result));
}

const kinds = () => world.twin.requests.map(({ kind }) => kind);

describe("a guarded tool at Snowflake", () => {
  test("plain fetch: the declared statement runs under one role, in one place, tagged with its decision; afterwards the handle is dead", async () => {
    const kept: GuardedCredential[] = [];
    const body = statementBody(orders, "ordersOfCustomer", { customer: "c_1" });
    const tool = asking(warehouse.ordersOfCustomer, async (credential) => {
      kept.push(credential);
      return read(await credential.fetch(STATEMENTS, post(body)));
    });
    const result = answered(await world.asResearch(() => tool.execute({ customer: "c_1" })));
    expect(result.data).toEqual([["o_1", "100"]]);
    const [credential] = kept;
    expect(world.twin.requests).toMatchObject([
      {
        kind: "read",
        account: ACCOUNT,
        user: "WATCHWORD_ACME",
        role: "AGENT_RO",
        warehouse: "AGENT_WH",
        database: "SHOP",
        schema: "PUBLIC",
        timeout: 25,
        bindings: ["c_1"],
        queryTag: JSON.stringify({ watchword_decision: credential?.decisionId }),
        status: 200,
      },
    ]);
    await expect(credential?.fetch(STATEMENTS, post(body))).rejects.toMatchObject({
      reason: "lease_expired",
    });
    expect(kinds()).toEqual(["read"]);
  });

  test("a change is made once, by the role that writes; what the statement does not say is changed by nobody", async () => {
    const result = await world.asResearch(() => close.execute({ order: "o_3" }));
    expect(answered(result).data).toEqual([["1"]]);
    expect(world.twin.requests).toMatchObject([{ kind: "effect", role: "AGENT_RW", bindings: ["o_3"] }]);
    expect(world.twin.rows(ACCOUNT, "SHOP.PUBLIC.ORDERS").map((row) => row["state"])).toEqual([
      "open",
      "open",
      "closed",
    ]);
  });

  test.for<[string, (body: object) => unknown]>([
    ["another bind variable", (body) => ({ ...body, bindings: { "1": { type: "TEXT", value: "c_2" } } })],
    ["another statement", (body) => ({ ...body, statement: "DELETE FROM orders" })],
    [
      "a second statement",
      (body) => ({ ...body, statement: `${orders.statements.ordersAll.statement}; DELETE FROM orders` }),
    ],
    ["as many statements as it likes", (body) => ({ ...body, parameters: { multi_statement_count: 0 } })],
    ["another role", (body) => ({ ...body, role: "AGENT_RW" })],
    ["another warehouse", (body) => ({ ...body, warehouse: "BIG_WH" })],
    ["another database", (body) => ({ ...body, database: "SALARIES" })],
    ["no timeout", (body) => ({ ...body, timeout: 0 })],
    ["a tag of its own", (body) => ({ ...body, parameters: { query_tag: "nobody" } })],
  ])("refused, and not sent: %s", async ([, change]) => {
    const body = statementBody(orders, "ordersOfCustomer", { customer: "c_1" });
    const tool = asking(warehouse.ordersOfCustomer, async ({ fetch }) =>
      read(await fetch(STATEMENTS, post(change(body)))),
    );
    expect(await world.asResearch(() => tool.execute({ customer: "c_1" }))).toMatchObject({
      reason: "request_mismatch",
    });
    expect(kinds()).toEqual([]);
  });

  test("what the grant does not allow gets no token", async () => {
    expect(await world.asResearch(() => ofCustomer.execute({ customer: "c_3" }))).toMatchObject({
      reason: "condition_failed",
    });
    expect(kinds()).toEqual([]);
  });
});

describe("a query of the agent's own", () => {
  const asked = (sent: string) =>
    asking(warehouse.queriesSelect, async ({ fetch }) =>
      read(await fetch(STATEMENTS, post({ statement: sent }))),
    );

  test("runs as it was decided, under the role that reads; another one in its place is not sent", async () => {
    const result = await world.asResearch(() => asked(OWN).execute({ statement: OWN }));
    expect(answered(result).data?.map(([id]) => id)).toContain("o_1");
    expect(world.twin.requests).toMatchObject([
      { kind: "read", role: "AGENT_RO", statement: OWN, timeout: 25 },
    ]);
    const other = OWN.replace("LIMIT 10", "LIMIT 9");
    expect(await world.asResearch(() => asked(other).execute({ statement: OWN }))).toMatchObject({
      reason: "request_mismatch",
    });
    const beyond = "SELECT total FROM orders LIMIT 10";
    expect(await world.asResearch(() => asked(beyond).execute({ statement: beyond }))).toMatchObject({
      reason: "binding_failed",
    });
    expect(kinds()).toEqual(["read"]);
  });
});

describe("a result's handle", () => {
  test("opens the further parts of the result to the run that got it, and to no other", async () => {
    const [first, second] = await world.asResearch(async () => {
      const sent = answered(await ofCustomer.execute({ customer: "c_1" }));
      return [sent, await part.execute({ statement: sent.statementHandle, partition: 1 })] as const;
    });
    expect(second).toMatchObject({ data: [["o_2", "100"]] });
    expect(kinds()).toEqual(["read", "read"]);
    const others = await world.asResearch(() => part.execute({ statement: first.statementHandle }));
    expect(others).toMatchObject({ reason: "condition_failed" });
    expect(await world.asResearch(() => cancel.execute({ statement: first.statementHandle }))).toMatchObject({
      reason: "condition_failed",
    });
    expect(kinds()).toEqual(["read", "read"]);
  });

  test("shows how a statement stands, until it is done", async () => {
    await world.asResearch(async () => {
      const { statementHandle: statement } = answered(await startAll.execute({}));
      expect(await part.execute({ statement })).not.toHaveProperty("data");
      world.advance(50);
      expect(await part.execute({ statement })).toHaveProperty("data", [["o_1"], ["o_2"], ["o_3"]]);
    });
    world.advance(-50);
  });

  test("cancels what still runs", async () => {
    await world.asResearch(async () => {
      const { statementHandle: statement } = answered(await startAll.execute({}));
      await cancel.execute({ statement });
      expect(world.twin.stateOf(ACCOUNT, statement)).toBe("cancelled");
    });
  });
});

describe("the end of a lease", () => {
  test("cancels the statement that still runs under it, and asks nothing about one that is done", async () => {
    const [done, running] = await world.asResearch(async () => [
      answered(await ofCustomer.execute({ customer: "c_1" })),
      answered(await startAll.execute({})),
    ]);
    await world.server.broker.sweep();
    expect(world.twin.stateOf(ACCOUNT, running?.statementHandle ?? "")).toBe("cancelled");
    expect(world.twin.stateOf(ACCOUNT, done?.statementHandle ?? "")).toBe("done");
    // Leases of before may end meanwhile, each with a request of its own.
    const asked = (of: Answer | undefined) =>
      world.twin.requests.filter(({ handle }) => handle === of?.statementHandle).map(({ kind }) => kind);
    // The server sweeps by itself, too: asked twice, Snowflake says the second time that nothing runs.
    expect([asked(done), asked(running).filter((kind) => kind !== "refused")]).toEqual([
      ["read"],
      ["read", "effect"],
    ]);
  });
});

test("no token is in anything that was said or stored", async () => {
  const stored = await Promise.all(
    (await readdir(world.directory, { recursive: true }))
      .filter((name) => name.includes("watchword.db"))
      .map((name) => readFile(join(world.directory, name))),
  );
  const told = inspect([world.heard, world.twin.requests], { depth: 12 });
  // A token's first part is the same for all of one key.
  const token = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCI";
  expect([told.includes(token), ...stored.map((bytes) => bytes.includes(token))]).not.toContain(true);
});
