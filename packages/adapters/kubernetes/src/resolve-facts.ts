import {
  type Action,
  type AdapterContext,
  type Catalogue,
  type Facts,
  findOperation,
  parseArguments,
} from "@watchword/core";
import { z } from "zod";
import { callKubernetes, refusedAnswer, unusable } from "./call-kubernetes.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { ObjectName, Uid } from "./names.ts";
import { ownNamespace } from "./own-namespace.ts";
import { pathOf } from "./route-path.ts";
import { lookupOf, routeOf } from "./routes.ts";
import { withReadToken } from "./with-read-token.ts";

const RESOLVE_MILLISECONDS = 1_000;

const Pod = z.object({
  kind: z.literal("Pod"),
  metadata: z.object({
    name: ObjectName,
    uid: Uid,
    ownerReferences: z
      .array(
        z.object({ kind: z.string().max(63), name: z.string().max(253), controller: z.boolean().optional() }),
      )
      .default([]),
  }),
});

/**
 * Looks up what a decision needs: for the end of a pod which one bears the name now, and what would make another. A pod that is
 * not there leaves no fact; the plan refuses then. Whose an object is, its namespace says.
 *
 * @throws Refusal `unknown_target`, `tenant_mismatch`, `downstream_unavailable`, `downstream_refused`
 */
export async function resolveFacts(
  settings: KubernetesSettings,
  catalogue: Catalogue,
  action: Action,
  context: AdapterContext,
): Promise<Facts> {
  const { operation } = routeOf(action.operation);
  const entry = findOperation(catalogue, operation);
  const values = entry === undefined ? {} : parseArguments(entry, action.arguments);
  const lookup = lookupOf(operation);
  if (lookup === undefined) return { owners: {}, values: {} };
  const namespace = ownNamespace(action.resource, context.connection.account);
  const path = pathOf(lookup, namespace, values);
  const about = { operation: lookup.operation, milliseconds: RESOLVE_MILLISECONDS };
  return withReadToken(settings, context, about, async (reader) => {
    const { status, body } = await callKubernetes(settings, context.fetch, {
      ...reader,
      method: "GET",
      path,
    });
    if (status === 404) return { owners: {}, values: {} };
    if (status !== 200)
      throw refusedAnswer(
        status,
        `leave to read it, for the service account of ${lookup.operation}`,
        "an account without it",
        "apply the manifests of this adapter's README",
      );
    const pod = Pod.safeParse(body);
    if (!pod.success || pod.data.metadata.name !== values["name"])
      throw unusable("an answer that is not the pod");
    const { uid, ownerReferences } = pod.data.metadata;
    const controller = ownerReferences.find((owner) => owner.controller === true);
    return {
      owners: {},
      values: {
        pod: {
          uid,
          ...(controller === undefined
            ? {}
            : { controller: { kind: controller.kind, name: controller.name } }),
        },
      },
    };
  });
}
