import { aws } from "@watchword/adapter-aws";
import { type SystemUnderTest, boundary, runBoundary, sameProcess } from "@watchword/boundary";
import type { Adapter } from "@watchword/core";
import { awsSystem } from "@watchword/emulators/aws";
import { parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";

const POLICY = `
watchword: 1
systems: { cloud: { adapter: aws } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
grants:
  - id: read
    agent: support
    operation: cloud/s3.objects.get
    resource: { account: "\${tenant.cloud.account}" }
    where: { args.bucket: { in: [reports] }, args.key: { in: ["2026/q3.txt"] } }
    lease: { action: 60s }
  - id: write
    agent: support
    operation: cloud/s3.objects.put
    resource: { account: "\${tenant.cloud.account}" }
    where: { args.bucket: { in: [reports] }, args.key: { in: ["2026/q4.txt"] } }
    lease: { action: 60s }
`;

const cloud: SystemUnderTest = awsSystem((twin) =>
  aws({ region: "eu-central-1", buckets: ["reports"], tables: { orders: { partitionKey: "id" } }, ...twin }),
);
const policy = parsePolicy([{ name: "policy.yaml", text: POLICY }]);

const run = (only: readonly string[], adapter?: (whole: Adapter) => Adapter) =>
  runBoundary(
    boundary({ policy, systems: { cloud } }, (b) => b.matrix()),
    {
      ...(adapter === undefined ? {} : { openWorld: sameProcess({ instead: { adapter } }) }),
      ...(only.length === 0 ? {} : { only }),
    },
  );
const failures = ({ rows }: Awaited<ReturnType<typeof run>>) =>
  rows.flatMap(({ row, problems, attempt }) =>
    problems.length === 0 ? [] : [`${row.id}: ${problems.join(", ")}; ${attempt.reason ?? attempt.outcome}`],
  );

/** A world for each row takes longer than a default run may. */
const LONG = process.env["WATCHWORD_LONG"] === "1";
const SOME = ["write/tenant/foreign-account", "write/credential/other-operation", "write/credential/twice"];
if (!LONG)
  console.error(
    `of the boundary over AWS only some rows are run (${SOME.join(", ")}); WATCHWORD_LONG=1 runs the whole matrix`,
  );

test(
  "grants for reading one object and writing another hold, row by row, against broker, gateway and twin",
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
  const report = await run(["write/tenant/foreign-account"], careless);
  expect(report.passed).toBe(false);
  expect(failures(report)).toEqual([expect.stringMatching(/^write\/tenant\/foreign-account: allowed/)]);
});
