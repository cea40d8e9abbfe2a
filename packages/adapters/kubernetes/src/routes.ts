import { Refusal } from "@watchword/core";
import type { Right } from "./right.ts";

/** How an argument stands in a query: as it is, as a decimal number, or as `true` or `false`. */
export type QueryKind = "text" | "integer" | "boolean";

/** One operation's place in the API. The only methods, paths and parameters that this adapter knows. */
export interface Route {
  readonly operation: string;
  readonly method: "GET" | "PATCH" | "DELETE";
  /** What stands before the namespace: the group and its version. */
  readonly api: "/api/v1" | "/apis/apps/v1";
  /** The kind, as it stands in the path. */
  readonly kind: string;
  /** Whether the path names one object. */
  readonly named: boolean;
  readonly subresource: string | undefined;
  /** Every query parameter, which is the argument of the same name, and its kind. */
  readonly query: Readonly<Record<string, QueryKind>>;
  /** Exactly what the service account may do. */
  readonly right: Right;
}

const PAGE = { labelSelector: "text", limit: "integer", continue: "text" } as const;
const VERBS = { GET: "get", PATCH: "patch", DELETE: "delete" } as const;

const core = (operation: string, kind: string, more: Partial<Route> = {}): Route =>
  route("/api/v1", "", operation, kind, more);
const apps = (operation: string, kind: string, more: Partial<Route> = {}): Route =>
  route("/apis/apps/v1", "apps", operation, kind, more);

function route(
  api: Route["api"],
  group: string,
  operation: string,
  kind: string,
  { method = "GET", named = true, subresource, query = {} }: Partial<Route>,
): Route {
  const resource = subresource === undefined ? kind : `${kind}/${subresource}`;
  const right = { verb: named ? VERBS[method] : "list", group, resource };
  return { operation, method, api, kind, named, subresource, query, right };
}

/** All of them. */
export const ROUTES: readonly Route[] = [
  core("pods.list", "pods", { named: false, query: PAGE }),
  core("pods.get", "pods"),
  core("pods.logs", "pods", {
    subresource: "log",
    query: {
      container: "text",
      previous: "boolean",
      timestamps: "boolean",
      tailLines: "integer",
      sinceSeconds: "integer",
      limitBytes: "integer",
    },
  }),
  core("pods.delete", "pods", { method: "DELETE" }),
  apps("deployments.list", "deployments", { named: false, query: PAGE }),
  apps("deployments.get", "deployments"),
  apps("deployments.scale", "deployments", { method: "PATCH", subresource: "scale" }),
  apps("deployments.restart", "deployments", { method: "PATCH" }),
  core("configmaps.get", "configmaps"),
  core("configmaps.patch", "configmaps", { method: "PATCH" }),
];

/** What is read before something is decided: for the end of a pod, which one it is. */
const LOOKUPS: Readonly<Record<string, string>> = { "pods.delete": "pods.get" };

/** The read that an operation's decision rests on; `undefined` for one that needs none. */
export function lookupOf(operation: string): Route | undefined {
  const named = Object.hasOwn(LOOKUPS, operation) ? LOOKUPS[operation] : undefined;
  return named === undefined ? undefined : routeOf(named);
}

/** The route of an operation. @throws Refusal `unknown_target` */
export function routeOf(operation: string): Route {
  const found = ROUTES.find((candidate) => candidate.operation === operation);
  if (found !== undefined) return found;
  throw new Refusal("unknown_target", {
    detail: `kubernetes has no operation ${operation}`,
    failedFact: "action",
  });
}
