import { type SalesforceOptions, salesforce } from "@watchword/adapter-salesforce";
import { type SystemUnderTest, boundary, runBoundary, sameProcess } from "@watchword/boundary";
import type { Adapter } from "@watchword/core";
import { salesforceSystem } from "@watchword/emulators/salesforce";
import { parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";

const declared = {
  flow: "jwt-bearer",
  apiVersion: "62.0",
  objects: {
    cases: {
      object: "Case",
      keyPrefix: "500",
      fields: { Subject: { type: "string" }, Status: { type: "string", enum: ["Escalated", "Working"] } },
      retrieve: ["Id", "Subject", "Status"],
      update: ["Status"],
    },
  },
} as const satisfies SalesforceOptions;

const POLICY = `
watchword: 1
systems: { crm: { adapter: salesforce } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
grants:
  - id: escalate
    agent: support
    operation: crm/cases.update
    resource: { org: "\${tenant.crm.account}" }
    where: { args.Status: { in: [Escalated] } }
    once: { by: [args.record], per: 24h }
    lease: { action: 60s }
  - id: read
    agent: reader
    operation: crm/cases.retrieve
    resource: { org: "\${tenant.crm.account}" }
    lease: { action: 60s }
`;

const crm: SystemUnderTest = salesforceSystem((twin) => salesforce({ ...declared, ...twin }));
const policy = parsePolicy([{ name: "policy.yaml", text: POLICY }]);

const run = (only: readonly string[], adapter?: (whole: Adapter) => Adapter) =>
  runBoundary(
    boundary({ policy, systems: { crm } }, (b) => {
      b.matrix();
      b.readOnly("reader");
    }),
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
  "escalate/tenant/foreign-org",
  "escalate/credential/other-operation",
  "escalate/credential/twice",
];
if (!LONG)
  console.error(
    `of the boundary over Salesforce only some rows are run (${SOME.join(", ")}); WATCHWORD_LONG=1 runs the whole matrix`,
  );

test(
  "a grant over an org holds, row by row, against broker, gateway and twin",
  { timeout: 300_000 },
  async () => {
    const report = await run(LONG ? [] : SOME);
    expect({ failures: failures(report), passed: report.passed }).toEqual({ failures: [], passed: true });
    if (LONG) expect(report.rows.length).toBeGreaterThan(60);
    else expect(report.rows.map(({ row }) => row.id).toSorted()).toEqual(SOME.toSorted());
  },
);

test("an adapter that overlooks which org an action names is found", async () => {
  const careless = (whole: Adapter): Adapter => ({
    ...whole,
    complete: (action, facts, account) => whole.complete({ ...action, resource: {} }, facts, account),
  });
  const report = await run(["escalate/tenant/foreign-org"], careless);
  expect([failures(report), report.passed]).toEqual([
    ["escalate/tenant/foreign-org: allowed, reached_system"],
    false,
  ]);
});
