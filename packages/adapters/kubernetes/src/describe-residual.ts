import type { Authority, Residual } from "@watchword/core";
import { rightText } from "./right.ts";
import { routeOf } from "./routes.ts";

/** What a right lets a token do, in words. RBAC knows verbs and kinds, and neither values nor, here, names. */
const REACH: Readonly<Record<string, string>> = {
  "list pods": "list every pod",
  "get pods": "read every pod that it can name",
  "get pods/log": "read the log of every container",
  "delete pods": "delete every pod that it can name",
  "list deployments.apps": "list every deployment",
  "get deployments.apps": "read every deployment that it can name",
  "patch deployments.apps/scale": "set any deployment to any number of pods",
  "patch deployments.apps":
    "change anything in any deployment, its images, commands and mounted secrets among it, and so run code with that deployment's rights",
  "get configmaps": "read every config map that it can name",
  "patch configmaps": "change anything in any config map",
};

/** Rights by which more than one operation could be done. */
const MORE_THAN_ONE: ReadonlySet<string> = new Set(["patch deployments.apps", "patch configmaps"]);

/** What the token could do beyond its action until it is ended or ten minutes are over. */
export function describeResidual(authority: Authority): Residual {
  const right = rightText(routeOf(authority.operation).right);
  const namespace = authority.resource["namespace"] ?? "the tenant";
  return {
    summary: `the token could ${REACH[right] ?? right} of namespace ${namespace}, for up to 10 minutes`,
    axes: [...(MORE_THAN_ONE.has(right) ? ["operation"] : []), ...Object.keys(authority.arguments), "time"],
    heldBy: "gateway",
  };
}
