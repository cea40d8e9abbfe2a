import type { KubernetesSettings } from "./kubernetes-options.ts";

/** The service account of an operation, which may do that alone: `watchword-deployments-scale`. */
export function serviceAccountOf(
  { serviceAccountPrefix }: Pick<KubernetesSettings, "serviceAccountPrefix">,
  operation: string,
): string {
  return `${serviceAccountPrefix}-${operation.replaceAll(".", "-")}`;
}
