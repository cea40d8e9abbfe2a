import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubernetes, rbacManifests } from "@watchword/adapter-kubernetes";
import { kubernetesCatalogue } from "@watchword/adapter-kubernetes/catalogue";
import {
  type AppliedObject,
  type KubernetesTwinOptions,
  kubernetesTwin,
} from "@watchword/emulators/kubernetes";
import { localKeySource } from "@watchword/identity/local-key";
import { createRuntime } from "@watchword/middleware";
import { checkConfiguration, startServer } from "@watchword/server";

const ISSUER = "https://broker.cluster.example";
/** What tools address; only the adapter knows of the twin. */
const ORIGIN = "https://cluster.example:6443";
export const OPERATIONS = Object.values(kubernetesCatalogue.operations).map((entry) => entry.name);

const WHERE: Readonly<Record<string, string>> = {
  "deployments.scale": "args.name: { equals: web }, args.replicas: { max: 5 }",
  "configmaps.patch": "args.name: { equals: web-config }, args.key: { in: [log-level] }",
};
/** What a tool may hold itself, with what the cluster does not bind. */
const RELEASED: Readonly<Record<string, string>> = {
  "deployments.list": "custody: released\n    acceptResidual: [operation, labelSelector, limit, continue]",
};
const POLICY = `
watchword: 1
systems: { cluster: { adapter: kubernetes } }
agents: { operator: {} }
workloads: { desk: { identity: { localKey: desk }, agents: [operator], tenant: { fixed: acme } } }
grants:
${OPERATIONS.map(
  (operation) => `
  - id: ${operation.replace(".", "-")}
    agent: operator
    operation: cluster/${operation}
    resource: { namespace: "\${tenant.cluster.account}" }
${operation in WHERE ? `    where: { ${WHERE[operation]} }\n` : ""}${operation in RELEASED ? `    ${RELEASED[operation]}\n` : ""}    lease: { action: 60s }`,
).join("")}
`;

/** Two tenants' namespaces with objects of the same names, and the accounts that the manifests make. */
export function startTwin(changes: Partial<KubernetesTwinOptions> = {}) {
  return kubernetesTwin({
    objects: [
      ...["watchword", "acme", "globex"].map((name) => ({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name },
      })),
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "watchword-broker", namespace: "watchword" },
      },
      ...["acme", "globex"].flatMap((namespace) => [
        ...rbacManifests({ namespace, operations: OPERATIONS }),
        ...workload(namespace),
      ]),
    ],
    logs: { "acme/web-1/app": "starting\nready\n" },
    ...changes,
  });
}

/** The broker over HTTP with its gateway, a tenant's connection to the twin, and a runtime. */
export async function kubernetesWorld(tls?: KubernetesTwinOptions["tls"]) {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-cluster-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const twin = opened.use(await startTwin(tls === undefined ? {} : { tls }));
  const workloadKey = join(directory, "workload");
  const source = await localKeySource({ directory: workloadKey, subject: "desk", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  const configuration = {
    watchword: 1 as const,
    issuer: ISSUER,
    policy: "policy.yaml",
    store: { sqlite: "watchword.db" },
    keys: "keys",
    broker: { listen: { port: 0 } },
    gateway: { listen: { port: 0 } },
    systems: {
      cluster: kubernetes({
        baseUrl: twin.url,
        apiOrigins: [ORIGIN],
        ...(tls === undefined ? {} : { certificateAuthority: tls.certificate }),
      }),
    },
    verifiers: [{ localKey: { directory: workloadKey } }],
  };
  const heard: unknown[] = [];
  const server = opened.use(
    await startServer(checkConfiguration(configuration, directory), {
      mode: "dev",
      log: (entry) => void heard.push(entry),
    }),
  );
  const secret = twin.accountToken("watchword", "watchword-broker");
  await server.broker.tenants.put({ id: "acme", connections: { cluster: { account: "acme", secret } } });
  const runtime = createRuntime({
    broker: server.broker.client,
    workload: () => source.token(),
    agent: "operator@1",
  });
  const living = opened.move();
  return { twin, server, runtime, heard, secret, [Symbol.asyncDispose]: () => living.disposeAsync() };
}

function workload(namespace: string): readonly AppliedObject[] {
  const labels = { app: "web" };
  const spec = { containers: [{ name: "app", image: "registry.example/web:1" }] };
  return [
    { apiVersion: "v1", kind: "Pod", metadata: { name: "web-1", namespace, labels }, spec },
    { apiVersion: "v1", kind: "Pod", metadata: { name: "web-2", namespace, labels }, spec },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace, labels },
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "web-config", namespace },
      data: { owner: namespace },
    },
  ];
}
