import { type ApiAnswer, shown } from "./api-answer.ts";
import { badRequest, invalid } from "./api-status.ts";
import type { ClusterObject } from "./cluster-object.ts";
import type { ClusterState } from "./cluster-state.ts";
import { mergePatch } from "./merge-patch.ts";

interface Replicas {
  readonly replicas?: unknown;
}

/** The `scale` subresource of a deployment. `patch` left out: it is read. @throws ApiStatus 422 for a number that is none */
export function scaleDeployment(
  state: ClusterState,
  deployment: ClusterObject,
  patch: Readonly<Record<string, unknown>> | undefined,
): ApiAnswer {
  if (patch === undefined) return shown(scaleOf(deployment));
  const { spec } = mergePatch(scaleOf(deployment), patch, false) as { readonly spec?: Replicas };
  const replicas = spec?.replicas ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas))
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas must be an integer');
  const { name } = deployment.metadata;
  if (replicas < 0)
    throw invalid({ kind: "Scale", group: "autoscaling" }, name, {
      field: "spec.replicas",
      value: replicas,
      why: "must be greater than or equal to 0",
    });
  const { object, changed } = state.update(deployment, {
    ...deployment,
    spec: { ...(deployment["spec"] as object), replicas },
  });
  return { status: 200, body: scaleOf(object), kind: changed ? "effect" : "refused" };
}

function scaleOf(deployment: ClusterObject): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = deployment.metadata;
  const { replicas = 1 } = (deployment["spec"] ?? {}) as Replicas;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: { replicas },
  };
}
