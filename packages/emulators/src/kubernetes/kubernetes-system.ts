import { type Adapter, type Clock, type Connection, SealedCredential, type ValueMap } from "@watchword/core";
import type { AppliedObject } from "./cluster-object.ts";
import { type KubernetesTwin, kubernetesTwin } from "./kubernetes-twin.ts";

/** What of `@watchword/adapter-kubernetes` the system is made with. */
export interface KubernetesAdapter {
  kubernetes(options: { readonly baseUrl: string; readonly apiOrigins: string[] }): Adapter;
  rbacManifests(options: {
    readonly namespace: string;
    readonly operations: string[];
  }): readonly AppliedObject[];
}

/** Options of {@link kubernetesSystem}. */
export interface KubernetesSystemOptions {
  /** The tenant whose agents act, and another; each has the namespace of its name. Default `acme` and `globex`. */
  readonly tenants?: { readonly own: string; readonly other: string };
  /** What tools address. Default `https://kubernetes.default.svc`. */
  readonly origin?: string;
  /** More in the cluster. */
  readonly objects?: readonly AppliedObject[];
}

/** A cluster that runs for one world: the adapter over a twin, and what two tenants have in their namespaces. */
export interface KubernetesSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: KubernetesTwin;
  readonly own: Connection;
  readonly other: Connection;
  /** None: what is in a namespace is its tenant's. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  readonly missing: Readonly<Record<string, ValueMap>>;
  /** Further objects, for every operation on one. */
  readonly more: Readonly<Record<string, readonly ValueMap[]>>;
}

const COUNT = 10;
const BROKER = { namespace: "watchword", name: "watchword-broker" };
/** The broker's own token outlives a world whose clock is moved. */
const TEN_YEARS = 315_360_000;

/**
 * A cluster for `boundary({ systems })`: your adapter over a twin in which two namespaces have the same pods, deployments and
 * config maps under the same names, and who may do what is what the adapter's own manifests say.
 *
 * @param adapter the adapter's module
 *
 * @example
 * ```ts
 * import * as adapter from "@watchword/adapter-kubernetes";
 * const cluster = kubernetesSystem(adapter);
 * ```
 */
export function kubernetesSystem(
  adapter: KubernetesAdapter,
  options: KubernetesSystemOptions = {},
): (world: { readonly clock: Clock; readonly name: string }) => Promise<KubernetesSystem> {
  const { tenants = { own: "acme", other: "globex" }, origin = "https://kubernetes.default.svc" } = options;
  const operations = Object.values(
    adapter.kubernetes({ baseUrl: origin, apiOrigins: [origin] }).catalogue.operations,
  );
  return async ({ clock, name }) => {
    const twin = await kubernetesTwin({
      clock,
      objects: [
        namespaceNamed(BROKER.namespace),
        { apiVersion: "v1", kind: "ServiceAccount", metadata: BROKER },
        ...[tenants.own, tenants.other].flatMap((namespace) => [
          namespaceNamed(namespace),
          ...workload(namespace),
          ...adapter.rbacManifests({ namespace, operations: operations.map((entry) => entry.name) }),
        ]),
        ...(options.objects ?? []),
      ],
    });
    // Another for each world, and searched for wherever no secret may be.
    const secret = twin.accountToken(BROKER.namespace, BROKER.name, { lifeSeconds: TEN_YEARS });
    const connection = (tenant: string): Connection => ({
      tenant,
      system: name,
      account: tenant,
      settings: {},
      secret: new SealedCredential(secret),
    });
    const more = operations.flatMap((entry) => {
      const example = entry.example as ValueMap;
      const { name: first } = example;
      if (typeof first !== "string") return [];
      const stem = first.replace(/-1$/, "");
      const further = Array.from({ length: COUNT - 1 }, (_, index) => `${stem}-${index + 2}`);
      return [[entry.name, further.map((each) => ({ ...example, name: each }))] as const];
    });
    return {
      adapter: adapter.kubernetes({ baseUrl: twin.url, apiOrigins: [origin] }),
      twin,
      own: connection(tenants.own),
      other: connection(tenants.other),
      foreign: {},
      missing: {},
      more: Object.fromEntries(more),
      [Symbol.asyncDispose]: () => twin.close(),
    };
  };
}

const namespaceNamed = (name: string): AppliedObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
});

/** `web-1` to `web-10`, and as many deployments and config maps, of which the first has no number. */
function workload(namespace: string): readonly AppliedObject[] {
  const labels = { app: "web" };
  const pod = { containers: [{ name: "app", image: "registry.example/web:1" }] };
  return Array.from({ length: COUNT }, (_, index) => index + 1).flatMap((number) => {
    const suffix = number === 1 ? "" : `-${number}`;
    return [
      { apiVersion: "v1", kind: "Pod", metadata: { name: `web-${number}`, namespace, labels }, spec: pod },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: `web${suffix}`, namespace, labels },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: pod },
        },
      },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `web-config${suffix}`, namespace },
        data: { owner: namespace },
      },
    ];
  });
}
