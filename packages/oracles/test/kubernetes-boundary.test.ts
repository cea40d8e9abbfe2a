import * as module from "@watchword/adapter-kubernetes";
import { boundary, runBoundary, sameProcess } from "@watchword/boundary";
import type { Adapter } from "@watchword/core";
import { kubernetesSystem } from "@watchword/emulators/kubernetes";
import { parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";

const POLICY = `
watchword: 1
systems: { cluster: { adapter: kubernetes } }
agents: { operator: {} }
workloads:
  operator-runtime: { identity: { localKey: operator-runtime }, agents: [operator], tenant: { claim: org_id } }
grants:
  - id: scale
    agent: operator
    operation: cluster/deployments.scale
    resource: { namespace: "\${tenant.cluster.account}" }
    where: { args.replicas: { max: 5 } }
    once: { by: [args.name], per: 1h }
    lease: { action: 60s }
`;

const policy = parsePolicy([{ name: "policy.yaml", text: POLICY }]);
const cluster = kubernetesSystem(module);

const run = (only: readonly string[], adapter?: (whole: Adapter) => Adapter) =>
  runBoundary(
    boundary({ policy, systems: { cluster } }, (b) => b.matrix()),
    {
      ...(adapter === undefined ? {} : { openWorld: sameProcess({ instead: { adapter } }) }),
      ...(only.length === 0 ? {} : { only }),
    },
  );
const failures = ({ rows }: Awaited<ReturnType<typeof run>>) =>
  rows.flatMap(({ row, problems }) => (problems.length === 0 ? [] : [`${row.id}: ${problems.join(", ")}`]));

/** A world for each row takes longer than a default run may. */
const LONG = process.env["WATCHWORD_LONG"] === "1";
const SOME = ["scale/tenant/foreign-namespace", "scale/credential/other-operation"];
if (!LONG)
  console.error(
    `of the boundary over a cluster only some rows are run (${SOME.join(", ")}); WATCHWORD_LONG=1 runs the whole matrix`,
  );

test(
  "a grant over a namespace holds, row by row, against broker, gateway and twin",
  { timeout: 300_000 },
  async () => {
    const report = await run(LONG ? [] : SOME);
    expect({ failures: failures(report), passed: report.passed }).toEqual({ failures: [], passed: true });
    if (LONG) expect(report.rows.length).toBeGreaterThan(60);
    else expect(report.rows.map(({ row }) => row.id).toSorted()).toEqual(SOME.toSorted());
  },
);

test("an adapter that overlooks which namespace an action names is found", async () => {
  const overlooking = (whole: Adapter): Adapter => ({
    ...whole,
    complete: (action, facts, account) => whole.complete({ ...action, resource: {} }, facts, account),
  });
  const report = await run(["scale/tenant/foreign-namespace"], overlooking);
  // The gateway still stops the request, which names the other namespace; but it was decided, and spent what the tenant may do once.
  expect([failures(report), report.passed]).toEqual([
    ["scale/tenant/foreign-namespace: baseline_refused, wrong_reason"],
    false,
  ]);
});
