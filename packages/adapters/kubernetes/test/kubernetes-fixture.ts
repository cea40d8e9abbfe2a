import {
  type KubernetesOptions,
  kubernetes,
  kubernetesCatalogue,
  rbacManifests,
} from "@watchword/adapter-kubernetes";
import type { AdapterFixture } from "@watchword/conformance";
import { type Connection, SealedCredential, type ValueMap } from "@watchword/core";
import {
  type AppliedObject,
  type KubernetesTwinOptions,
  kubernetesTwin,
} from "@watchword/emulators/kubernetes";

/** What tools address; only the adapter knows of the twin. */
export const ORIGIN = "https://cluster.example:6443";
export const OPERATIONS = Object.values(kubernetesCatalogue.operations).map((entry) => entry.name);
const BROKER = { serviceAccount: "watchword-broker", namespace: "watchword" };

/** Two tenants whose namespaces hold objects of the same names, and nothing that was not generated in who may do what. */
export async function kubernetesFixture(
  changes: {
    readonly options?: Partial<KubernetesOptions>;
    readonly twin?: Partial<KubernetesTwinOptions>;
    readonly operations?: readonly string[];
    readonly names?: Readonly<Record<string, string[]>>;
  } = {},
) {
  const manifests = ["acme", "globex"].flatMap((namespace) =>
    rbacManifests({
      namespace,
      operations: [...(changes.operations ?? OPERATIONS)],
      broker: BROKER,
      ...(changes.names === undefined ? {} : { names: changes.names }),
    }),
  );
  const twin = await kubernetesTwin({
    objects: [
      ...["watchword", "acme", "globex", "default", "kube-system"].map(namespaceNamed),
      account("watchword", "watchword-broker"),
      account("watchword", "stranger"),
      ...manifests,
      ...workload("acme"),
      ...workload("globex"),
    ],
    logs: { "acme/web-1/app": "ready\nlistening\n", "globex/web-1/app": "of globex\n" },
    ...changes.twin,
  });
  const broker = twin.accountToken("watchword", "watchword-broker", { lifeSeconds: 30 * 86_400 });
  const stranger = twin.accountToken("watchword", "stranger");
  const unknown = `${broker.slice(0, broker.lastIndexOf("."))}.${"A".repeat(86)}`;
  return {
    adapter: kubernetes({ baseUrl: twin.url, apiOrigins: [ORIGIN], ...changes.options }),
    twin,
    system: "cluster",
    own: connection("acme", broker),
    other: connection("globex", broker),
    unauthenticated: connection("acme", unknown),
    unpermitted: connection("acme", stranger),
    foreign: {},
    missing: {},
    passedHeaders: [],
    lookups: ["pods.delete"],
    credentials: {
      unauthenticated: new SealedCredential(unknown),
      unpermitted: new SealedCredential(stranger),
    },
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

export type Fixture = Awaited<ReturnType<typeof kubernetesFixture>>;

/** A tenant's connection: its namespace, and the broker's token. */
export function connection(account: string, token: string, settings: ValueMap = {}): Connection {
  return { tenant: account, system: "cluster", account, settings, secret: new SealedCredential(token) };
}

export const namespaceNamed = (name: string): AppliedObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
});

export const account = (namespace: string, name: string): AppliedObject => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, namespace },
});

/** A role with these rules, bound to a service account; cluster-wide without a namespace. */
export function bound(
  rules: readonly object[],
  subject: { readonly namespace: string; readonly name: string },
  namespace?: string,
): readonly AppliedObject[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const metadata = { name: "by-mistake", ...(namespace === undefined ? {} : { namespace }) };
  const prefix = namespace === undefined ? "Cluster" : "";
  return [
    { apiVersion, kind: `${prefix}Role`, metadata, rules },
    {
      apiVersion,
      kind: `${prefix}RoleBinding`,
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: `${prefix}Role`, name: "by-mistake" },
      subjects: [{ kind: "ServiceAccount", ...subject }],
    },
  ];
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
      data: { "log-level": "info", owner: namespace },
    },
  ];
}
