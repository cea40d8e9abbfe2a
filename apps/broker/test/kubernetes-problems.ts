import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Deployment } from "kubernetes-models/apps/v1";
import { Job } from "kubernetes-models/batch/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, PersistentVolumeClaim, Service, ServiceAccount } from "kubernetes-models/v1";
import type { KubernetesObject } from "./helm.ts";

const KINDS = {
  ConfigMap,
  Deployment,
  Job,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
} as Record<string, (new (value: never) => { validate(): void }) & { readonly apiVersion: string }>;

/** Members whose own members are names that somebody chose. */
const FREE = new Set(["annotations", "data", "labels", "limits", "matchLabels", "nodeSelector", "requests"]);
/** Members of what every kind has, from another package of schemas. */
const METADATA = ["apiVersion", "kind", "metadata", "name", "labels", "annotations", "matchLabels"];

/** What the API server's own schemas say against an object; they let unknown members pass, so those are looked for, too. */
export function kubernetesProblems(object: KubernetesObject, known: ReadonlySet<string>): string[] {
  const kind = KINDS[object.kind];
  const at = `${object.kind} ${object.metadata.name}`;
  if (kind === undefined || kind.apiVersion !== object.apiVersion)
    return [`${at}: no such kind as ${object.apiVersion}`];
  const unknown = membersOf(object, object.kind === "Service" ? new Set([...FREE, "selector"]) : FREE).filter(
    (name) => !known.has(name),
  );
  try {
    new kind(object as never).validate();
    return unknown.map((name) => `${at}: no object has a member ${name}`);
  } catch (error) {
    return [`${at}: ${error instanceof Error ? error.message : "invalid"}`];
  }
}

/** Names of the members of all objects in the API groups that the chart uses. */
export function knownMembers(): ReadonlySet<string> {
  const base = import.meta.resolve("kubernetes-models/v1").replace(/v1\/index\.js$/, "");
  const names = ["v1", "apps/v1", "batch/v1", "networking.k8s.io/v1", "policy/v1"].flatMap((group) => {
    const folder = fileURLToPath(new URL(`${group}/`, base));
    return readdirSync(folder)
      .filter((file) => file.endsWith(".d.ts"))
      .flatMap((file) => [...readFileSync(`${folder}${file}`, "utf8").matchAll(/"(\w+)"\??:/g)])
      .map((match) => match[1] ?? "");
  });
  return new Set([...names, ...METADATA]);
}

function membersOf(value: unknown, free: ReadonlySet<string>): string[] {
  if (Array.isArray(value)) return value.flatMap((inner) => membersOf(inner, free));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    name,
    ...(free.has(name) ? [] : membersOf(inner, free)),
  ]);
}
