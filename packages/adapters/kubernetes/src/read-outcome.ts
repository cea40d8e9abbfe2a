import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import { z } from "zod";
import { ObjectName, Uid } from "./names.ts";

const Metadata = z.object({
  name: ObjectName,
  uid: Uid.optional(),
  resourceVersion: z.string().max(64).optional(),
});
const Failure = z.object({
  kind: z.literal("Status"),
  status: z.literal("Failure"),
  reason: z.string().optional(),
  code: z.int(),
});
const Success = z.object({
  kind: z.literal("Status"),
  status: z.literal("Success"),
  details: z.object({ name: ObjectName, uid: Uid.optional() }),
});

/** What proves that a write happened: the object that it changed, by kind. */
const KINDS: Readonly<Record<string, string>> = {
  "pods.delete": "Pod",
  "deployments.scale": "Scale",
  "deployments.restart": "Deployment",
  "configmaps.patch": "ConfigMap",
};
const NAMES: Readonly<Record<string, string>> = {
  pods: "pod",
  deployments: "deployment",
  configmaps: "configmap",
};

/** Refusals that come before anything is stored. */
const DEFINITE: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429]);
/** Where requests are paced, before anybody looks at them, it is said in plain text. */
const PACED = "Too many requests, please try again later.";

/**
 * What the API server's answer says about the effect. A write is `none` only after an error that is its own and that it gives
 * before it stores anything; whatever could come after that is `unknown`. A read has no effect to lose.
 */
export function readOutcome(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome {
  if (response === undefined)
    return { effect: authority.access === "read" ? "none" : "unknown", ids: {}, status: 0 };
  const { status } = response;
  const success = status >= 200 && status < 300;
  if (authority.access === "read")
    return { effect: success ? "done" : "none", ids: success ? namedIds(authority) : {}, status };
  const text = textOf(response.body);
  const body = parseBody(text);
  if (!success) {
    const told = Failure.safeParse(body);
    const refused = (told.success && told.data.code === status) || (status === 429 && text?.trim() === PACED);
    return { effect: DEFINITE.has(status) && refused ? "none" : "unknown", ids: {}, status };
  }
  const ids = provenIds(authority, body);
  // A success that is not the API server's own (a proxy's page) proves nothing.
  if (ids === undefined) return { effect: "unknown", ids: {}, status };
  return { effect: "done", ids: { ...namedIds(authority), ...ids }, status };
}

function provenIds(authority: Authority, body: unknown): Record<string, string> | undefined {
  const changed = z
    .object({ kind: z.literal(KINDS[authority.operation] ?? ""), metadata: Metadata })
    .safeParse(body);
  const { name } = authority.arguments;
  if (changed.success && changed.data.metadata.name === name) {
    const { uid, resourceVersion } = changed.data.metadata;
    return {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
  }
  const deleted = authority.operation === "pods.delete" ? Success.safeParse(body) : undefined;
  if (deleted?.success !== true || deleted.data.details.name !== name) return undefined;
  const { uid } = deleted.data.details;
  return uid === undefined ? {} : { uid };
}

function namedIds(authority: Authority): Record<string, string> {
  const { name } = authority.arguments;
  const kind = NAMES[authority.operation.split(".")[0] ?? ""];
  return typeof name === "string" && kind !== undefined ? { [kind]: name } : {};
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function parseBody(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
