import { kubernetes } from "@watchword/adapter-kubernetes";
import { checkCustody, checkOperations, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";
import { ORIGIN } from "./kubernetes-fixture.ts";

const adapter = kubernetes({ baseUrl: ORIGIN });

const problems = (grant: string): string[] => {
  const policy = parsePolicy([
    {
      name: "policy.yaml",
      text: `watchword: 1
systems: { cluster: { adapter: kubernetes } }
agents: { operator: {} }
workloads:
  runtime: { identity: { localKey: runtime }, agents: [operator], tenant: { fixed: acme } }
grants:
  - id: g
    agent: operator
    resource: { namespace: "\${tenant.cluster.account}" }
    lease: { action: 60s }
${grant}
`,
    },
  ]);
  return [
    ...checkOperations(policy, { cluster: adapter.catalogue }),
    ...checkCustody(policy, { cluster: adapter }),
  ].map(({ message }) => message);
};

const SCALE =
  "    operation: cluster/deployments.scale\n    where: { args.name: { equals: web }, args.replicas: { max: 5 } }";

test("a grant bounds a number of pods, and the keys of a config map", () => {
  expect(problems(SCALE)).toEqual([]);
  const patch = "    operation: cluster/configmaps.patch\n    where: { args.key: { in: [log-level] } }";
  expect(problems(patch)).toEqual([]);
});

test("a token that is released must accept everything that RBAC does not bind, by name", () => {
  expect(problems(`${SCALE}\n    custody: released`)).toEqual([
    "kubernetes does not bind operation, name, replicas into the credential; say acceptResidual: [operation, name, replicas], or leave custody out",
  ]);
  const accepted = "\n    custody: released\n    acceptResidual: [operation, name, replicas]";
  expect(problems(`${SCALE}${accepted}`)).toEqual([]);
});

test("what no operation reaches cannot be granted", () => {
  for (const operation of ["secrets.get", "pods.exec", "pods.watch", "deployments.patch"])
    expect(problems(`    operation: cluster/${operation}`)[0], operation).toMatch(
      /is not an operation of kubernetes/,
    );
});
