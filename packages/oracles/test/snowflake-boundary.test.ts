import { type SnowflakeOptions, snowflake } from "@watchword/adapter-snowflake";
import { type SystemUnderTest, boundary, runBoundary, sameProcess } from "@watchword/boundary";
import type { Adapter } from "@watchword/core";
import { snowflakeSystem } from "@watchword/emulators/snowflake";
import { parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";

const declared = {
  role: "AGENT_RO",
  writeRole: "AGENT_RW",
  warehouse: "AGENT_WH",
  database: "SHOP",
  schema: "PUBLIC",
  statements: {
    ordersOfCustomer: {
      name: "orders.of_customer",
      access: "read",
      title: "Orders of one customer",
      statement: "SELECT id FROM orders WHERE customer = {customer}",
      arguments: { customer: { type: "string", pattern: "^c_[0-9]+$", description: "Id of the customer." } },
      example: { customer: "c_1" },
    },
    ordersClose: {
      name: "orders.close",
      access: "write",
      title: "Close an order",
      statement: "UPDATE orders SET state = 'closed' WHERE id = {order}",
      arguments: { order: { type: "string", pattern: "^o_[0-9]+$", description: "Id of the order." } },
      example: { order: "o_1" },
    },
  },
} as const satisfies SnowflakeOptions;

const POLICY = `
watchword: 1
systems: { warehouse: { adapter: snowflake } }
agents: { research: {} }
workloads:
  research-runtime: { identity: { localKey: research-runtime }, agents: [research], tenant: { claim: org_id } }
grants:
  - id: read
    agent: research
    operation: warehouse/orders.of_customer
    resource: { account: "\${tenant.warehouse.account}", role: AGENT_RO, warehouse: AGENT_WH, database: SHOP, schema: PUBLIC }
    where: { args.customer: { in: [c_1] } }
    window: { days: mon-fri, from: "09:00", to: "18:00", zone: Europe/Berlin }
    lease: { action: 60s }
`;

const warehouse: SystemUnderTest = snowflakeSystem((twin) => snowflake({ ...declared, ...twin }));
const policy = parsePolicy([{ name: "policy.yaml", text: POLICY }]);

const run = (only: readonly string[], adapter?: (whole: Adapter) => Adapter) =>
  runBoundary(
    boundary({ policy, systems: { warehouse } }, (b) => b.matrix()),
    {
      ...(adapter === undefined ? {} : { openWorld: sameProcess({ instead: { adapter } }) }),
      ...(only.length === 0 ? {} : { only }),
    },
  );
const failures = ({ rows }: Awaited<ReturnType<typeof run>>) =>
  rows.flatMap(({ row, problems }) => (problems.length === 0 ? [] : [`${row.id}: ${problems.join(", ")}`]));

/** A world for each row takes longer than a default run may. */
const LONG = process.env["WATCHWORD_LONG"] === "1";
const SOME = [
  "read/tenant/foreign-account",
  "read/action/write-warehouse-orders.close",
  "read/credential/other-operation",
  "read/credential/twice",
];
if (!LONG)
  console.error(
    `of the boundary over Snowflake only some rows are run (${SOME.join(", ")}); WATCHWORD_LONG=1 runs the whole matrix`,
  );

test(
  "a grant for one statement, role, place and window holds, row by row, against broker, gateway and twin",
  { timeout: 300_000 },
  async () => {
    const report = await run(LONG ? [] : SOME);
    expect({ failures: failures(report), passed: report.passed }).toEqual({ failures: [], passed: true });
    if (LONG) expect(report.rows.length).toBeGreaterThan(100);
    else expect(report.rows.map(({ row }) => row.id).toSorted()).toEqual(SOME.toSorted());
  },
);

test("an adapter that overlooks which account an action names is found", async () => {
  const careless = (whole: Adapter): Adapter => ({
    ...whole,
    complete: (action, facts, account) => whole.complete({ ...action, resource: {} }, facts, account),
  });
  const report = await run(["read/tenant/foreign-account"], careless);
  expect([failures(report), report.passed]).toEqual([["read/tenant/foreign-account: allowed"], false]);
});
