import { parsePolicy } from "@watchword/policy";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type BoundaryBuilder,
  type BoundaryReport,
  type SeenRequest,
  type SystemUnderTest,
  boundary,
  runBoundary,
} from "../../../boundary/src/index.ts";
import { postgres } from "../src/index.ts";
import { type PostgresPlace, postgresPlace } from "./postgres-place.ts";

const POLICY = `
watchword: 1
systems: { db: { adapter: postgres } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
grants:
  - id: order-close
    agent: support
    operation: db/row.update
    resource: { tenant: "\${tenant.db.account}" }
    where: { args.table: { equals: shop.orders }, args.columns: { equals: status } }
    custody: released
    lease: { action: 30s }
`;

let rows: PostgresPlace;
beforeAll(async () => {
  rows = await postgresPlace();
});
afterAll(() => rows[Symbol.asyncDispose]());

/** The database for one world. No request goes there, so that mints are what is seen; `hole` is planted in the adapter. */
const db =
  (hole?: "every tenant"): SystemUnderTest =>
  async ({ name }) => {
    const requests: SeenRequest[] = [];
    const own = postgres(rows.options);
    return {
      adapter: {
        ...own,
        complete: (action, facts, account) =>
          hole === undefined
            ? own.complete(action, facts, account)
            : { resource: { tenant: account }, arguments: action.arguments },
        mint: (authority, context) => {
          requests.push({ kind: "mint", path: authority.operation });
          return own.mint(authority, context);
        },
      },
      twin: { requests, url: "http://127.0.0.1:1" },
      own: { ...rows.connection("acme"), system: name },
      other: { ...rows.connection("globex"), system: name },
      foreign: {},
      missing: {},
      [Symbol.asyncDispose]: async () => undefined,
    };
  };

const run = (
  system: SystemUnderTest,
  ask: (b: BoundaryBuilder) => void = (b) => b.matrix(),
): Promise<BoundaryReport> => {
  const policy = parsePolicy([{ name: "policy.yaml", text: POLICY }]);
  return runBoundary(boundary({ policy, systems: { db: system } }, ask));
};

test("every row of a policy for a database holds, from its grants to the secrets", async () => {
  const report = await run(db());
  expect(report.rows.filter(({ problems }) => problems.length > 0)).toEqual([]);
  expect(report.rows.length).toBeGreaterThan(50);
  expect(report.missing).toEqual([]);
  expect(report.world.leaks).toEqual([]);
  expect(report.passed).toBe(true);
  const left = await rows.root`SELECT 1 FROM watchword_access.leased WHERE ends_at > now() + interval '30 s'`;
  expect(left).toEqual([]);
});

test("an adapter that takes an action's word for whose rows it is about turns the rows of tenants red", async () => {
  const report = await run(db("every tenant"), (b) => b.tenant("order-close"));
  expect(report.passed).toBe(false);
  const red = report.rows.filter(({ problems }) => problems.length > 0).map(({ row }) => row.id);
  expect(red).toEqual(expect.arrayContaining(["order-close/tenant/foreign-tenant"]));
});
