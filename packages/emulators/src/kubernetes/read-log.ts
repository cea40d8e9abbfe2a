import { type ApiAnswer, shown } from "./api-answer.ts";
import { badRequest } from "./api-status.ts";
import type { ClusterObject } from "./cluster-object.ts";

/** The `log` subresource of a pod: plain text. @throws ApiStatus for a container that it does not have */
export function readLog(
  pod: ClusterObject,
  query: URLSearchParams,
  logs: Readonly<Record<string, string>>,
): ApiAnswer {
  const { name, namespace = "" } = pod.metadata;
  const { containers = [] } = (pod["spec"] ?? {}) as {
    readonly containers?: readonly { readonly name: string }[];
  };
  const names = containers.map((container) => container.name);
  const container = query.get("container") ?? (names.length === 1 ? names[0] : undefined);
  if (container === undefined)
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`,
    );
  if (!names.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
  if (query.get("previous") === "true")
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  const lines = (logs[`${namespace}/${name}/${container}`] ?? "").split(/(?<=\n)/);
  const tail = query.get("tailLines");
  const text = (tail === null ? lines : lines.slice(-Number(tail))).join("");
  const bytes = query.get("limitBytes");
  return shown(bytes === null ? text : Buffer.from(text).subarray(0, Number(bytes)).toString());
}
