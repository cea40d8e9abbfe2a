import { randomUUID } from "node:crypto";
import type { AdapterContext, RevocationOutcome } from "@watchword/core";
import { z } from "zod";
import { type Caller, callKubernetes, refusedAnswer, unusable } from "./call-kubernetes.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { ObjectName, Uid } from "./names.ts";

/** An empty Secret that tokens are bound to: while it is there they live, and no longer. */
export interface ThrowawaySecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

const Created = z.object({
  kind: z.literal("Secret"),
  metadata: z.object({
    name: ObjectName,
    namespace: z.string(),
    uid: Uid,
    // Something that waits for a finalizer is not gone, and tokens live on for a minute.
    finalizers: z.array(z.string()).max(0).optional(),
  }),
});
const Deleted = z.object({ kind: z.literal("Status"), status: z.literal("Success") });

const pathOf = (namespace: string, name?: string): string =>
  `/api/v1/namespaces/${namespace}/secrets${name === undefined ? "" : `/${name}`}`;

/**
 * Makes one. It holds nothing, so that to read it is to learn nothing.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`
 */
export async function makeSecret(
  settings: KubernetesSettings,
  context: AdapterContext,
  namespace: string,
  caller: Caller,
): Promise<ThrowawaySecret> {
  const name = `${settings.serviceAccountPrefix}-${randomUUID()}`;
  const decision = context.minting?.decisionId;
  const { status, body } = await callKubernetes(settings, context.fetch, {
    ...caller,
    method: "POST",
    path: pathOf(namespace),
    body: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name,
        labels: { "app.kubernetes.io/managed-by": "watchword" },
        ...(decision === undefined ? {} : { annotations: { "watchword/decision": decision } }),
      },
      type: "Opaque",
      immutable: true,
    },
  });
  if (status !== 201)
    throw refusedAnswer(
      status,
      `leave to create secrets in namespace ${namespace}`,
      status === 401
        ? "a token that the API server does not accept"
        : "an account without it, or no such namespace",
      "apply the manifests of this adapter's README, and check the connection's secret and settings.identities",
    );
  const made = Created.safeParse(body);
  if (made.success && made.data.metadata.name === name && made.data.metadata.namespace === namespace)
    return { namespace, name, uid: made.data.metadata.uid };
  const uid = z.object({ metadata: z.object({ uid: Uid }) }).safeParse(body);
  if (uid.success)
    await endSecret(settings, context, { namespace, name, uid: uid.data.metadata.uid }, caller);
  throw unusable(
    "an answer that is not the Secret, or one with finalizers, which something in the cluster adds",
  );
}

/** Ends every token that is bound to a Secret. Never throws: what became of it is the answer. */
export async function endSecret(
  settings: KubernetesSettings,
  context: AdapterContext,
  { namespace, name, uid }: ThrowawaySecret,
  caller: Caller,
): Promise<RevocationOutcome> {
  try {
    const { status, body } = await callKubernetes(settings, context.fetch, {
      ...caller,
      method: "DELETE",
      path: pathOf(namespace, name),
      body: { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } },
    });
    // 409: another object of that name. Tokens are bound to the uid, and that one is gone.
    if (status === 404 || status === 409) return "already_dead";
    return status === 200 && Deleted.safeParse(body).success ? "revoked" : "unknown";
  } catch {
    return "unknown";
  }
}
