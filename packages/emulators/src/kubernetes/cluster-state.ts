import { randomUUID } from "node:crypto";
import { alreadyExists, type Kind } from "./api-status.ts";
import type { AppliedObject, ClusterObject } from "./cluster-object.ts";

/** Kinds that the twin knows: their names in a path, and the group and version of each. */
export const KINDS: Readonly<Record<string, { readonly apiVersion: string; readonly resource: string }>> = {
  Namespace: { apiVersion: "v1", resource: "namespaces" },
  ServiceAccount: { apiVersion: "v1", resource: "serviceaccounts" },
  Secret: { apiVersion: "v1", resource: "secrets" },
  ConfigMap: { apiVersion: "v1", resource: "configmaps" },
  Pod: { apiVersion: "v1", resource: "pods" },
  Deployment: { apiVersion: "apps/v1", resource: "deployments" },
  Role: { apiVersion: "rbac.authorization.k8s.io/v1", resource: "roles" },
  ClusterRole: { apiVersion: "rbac.authorization.k8s.io/v1", resource: "clusterroles" },
  RoleBinding: { apiVersion: "rbac.authorization.k8s.io/v1", resource: "rolebindings" },
  ClusterRoleBinding: { apiVersion: "rbac.authorization.k8s.io/v1", resource: "clusterrolebindings" },
};

const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";

/** The kind of a path; `undefined` when the twin does not have it. */
export function kindNamed({ group, resource }: Kind): string | undefined {
  return Object.entries(KINDS).find(
    ([, known]) => known.resource === resource && groupOf(known.apiVersion) === group,
  )?.[0];
}

/** All objects of a cluster, each under its kind, namespace and name. */
export class ClusterState {
  readonly #objects = new Map<string, ClusterObject>();
  readonly #now: () => number;
  #version = 1_000;

  constructor(now: () => number) {
    this.#now = now;
  }

  find(kind: string, namespace: string | undefined, name: string): ClusterObject | undefined {
    return this.#objects.get(keyOf(kind, namespace, name));
  }

  list(kind: string, namespace?: string): readonly ClusterObject[] {
    return [...this.#objects.values()].filter(
      (object) =>
        object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
    );
  }

  /** Makes or replaces an object, as its applier wrote it. */
  apply(applied: AppliedObject): ClusterObject {
    const known = KINDS[applied.kind];
    if (known?.apiVersion !== applied.apiVersion)
      throw new TypeError(`twin: no kind ${applied.apiVersion} ${applied.kind}`);
    const { name, namespace } = applied.metadata;
    const before = this.find(applied.kind, namespace, name);
    return this.#store({
      ...applied,
      metadata: {
        ...applied.metadata,
        uid: before?.metadata.uid ?? randomUUID(),
        creationTimestamp: before?.metadata.creationTimestamp ?? this.timestamp(),
        ...(applied.kind === "Deployment" ? { generation: 1 } : {}),
        resourceVersion: "0",
      },
    });
  }

  /** @throws ApiStatus 409 when it is there */
  create(applied: AppliedObject): ClusterObject {
    const { name, namespace } = applied.metadata;
    const resource = KINDS[applied.kind]?.resource ?? "";
    if (this.find(applied.kind, namespace, name) !== undefined)
      throw alreadyExists({ group: groupOf(applied.apiVersion), resource }, name);
    return this.apply(applied);
  }

  /** Stores what an object is now; the same again changes nothing. */
  update(
    before: ClusterObject,
    after: ClusterObject,
  ): { readonly object: ClusterObject; readonly changed: boolean } {
    if (JSON.stringify(before) === JSON.stringify(after)) return { object: before, changed: false };
    const { generation } = before.metadata;
    const respecified = JSON.stringify(before["spec"]) !== JSON.stringify(after["spec"]);
    const metadata = {
      ...after.metadata,
      ...(generation === undefined ? {} : { generation: generation + (respecified ? 1 : 0) }),
    };
    return { object: this.#store({ ...after, metadata }), changed: true };
  }

  remove({ kind, metadata }: ClusterObject): void {
    this.#objects.delete(keyOf(kind, metadata.namespace, metadata.name));
  }

  timestamp(): string {
    return `${new Date(this.#now()).toISOString().slice(0, 19)}Z`;
  }

  #store(object: ClusterObject): ClusterObject {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#objects.set(keyOf(object.kind, object.metadata.namespace, object.metadata.name), stored);
    return stored;
  }
}

const keyOf = (kind: string, namespace: string | undefined, name: string): string =>
  [kind, namespace ?? "", name].join("/");
