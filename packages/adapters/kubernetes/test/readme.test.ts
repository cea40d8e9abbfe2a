import { readFile } from "node:fs/promises";
import { rbacManifests, rbacYaml } from "@watchword/adapter-kubernetes";
import { findOperation } from "@watchword/core";
import { expect, test } from "vitest";
import { OPERATIONS } from "./kubernetes-fixture.ts";
import { cluster, manifests, systems } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = cluster.deploymentsRestart;
  expect(system).toBe("cluster");
  expect(findOperation(systems.cluster.catalogue, operation.name)).toBe(operation);
});

test("the README lists every operation with the right of its account", async () => {
  const readme = await read("../README.md");
  for (const operation of OPERATIONS) {
    const [, right = ""] = new RegExp(`\\| \`${operation}\`[^|]*\\| ([^|]+) \\|`).exec(readme) ?? [];
    const account = `watchword-${operation.replace(".", "-")}`;
    const rule = rbacManifests({ namespace: "acme", operations: [operation] }).find(
      ({ kind, metadata }) => kind === "Role" && metadata.name === account,
    );
    const [{ verbs, resources } = { verbs: [], resources: [] }] = (rule?.["rules"] ?? []) as {
      readonly verbs: readonly string[];
      readonly resources: readonly string[];
    }[];
    expect(right, operation).toContain(`\`${verbs[0]} ${resources[0]}\``);
  }
});

test("the README shows one of the manifests that its example makes", async () => {
  const [, shown = ""] = /```yaml\n(---\n[^`]*)```/.exec(await read("../README.md")) ?? [];
  expect(shown).not.toBe("");
  expect(manifests).toContain(shown);
});

test("the manifests grant what is named and nothing else, and are YAML without anything to interpret", () => {
  const of = (kind: string) =>
    rbacManifests({ namespace: "acme", operations: ["pods.list", "configmaps.get"] }).filter(
      (manifest) => manifest.kind === kind,
    );
  expect(
    of("Role").map(({ metadata, ...role }) => [metadata.namespace, metadata.name, role["rules"]]),
  ).toEqual([
    ["acme", "watchword-pods-list", [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }]],
    ["acme", "watchword-configmaps-get", [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]],
    [
      "acme-watchword",
      "watchword-broker",
      [
        { apiGroups: [""], resources: ["secrets"], verbs: ["create", "delete"] },
        {
          apiGroups: [""],
          resources: ["serviceaccounts/token"],
          resourceNames: ["watchword-pods-list", "watchword-configmaps-get"],
          verbs: ["create"],
        },
      ],
    ],
  ]);
  expect([of("ClusterRole"), of("ClusterRoleBinding")]).toEqual([[], []]);
  expect(of("ServiceAccount").every((account) => account["automountServiceAccountToken"] === false)).toBe(
    true,
  );
  const user = { user: 'watchword:tenant:a"\n- kind: Group' };
  expect(rbacYaml({ namespace: "acme", operations: ["pods.list"], broker: user })).not.toContain(
    "\n- kind: Group",
  );
});

test("an operation that there is not, or a namespace that is none, makes no manifest", () => {
  expect(() => rbacManifests({ namespace: "acme", operations: ["secrets.get"] })).toThrow(/no operation/);
  expect(() => rbacManifests({ namespace: "Acme", operations: ["pods.list"] })).toThrow(/DNS label/);
  expect(() => rbacManifests({ namespace: "acme", operations: [] })).toThrow(/./);
});
