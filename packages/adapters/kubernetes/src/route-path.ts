import { Refusal, type ValueMap } from "@watchword/core";
import { Label, ObjectName } from "./names.ts";
import { ROUTES, type Route } from "./routes.ts";

/** The routes that method and path belong to; several of them differ by what the body says. */
export interface PathMatch {
  readonly routes: readonly Route[];
  readonly namespace: string;
  readonly name: string | undefined;
}

const PATH = /^(\/api\/v1|\/apis\/apps\/v1)\/namespaces\/([^/]+)\/([a-z]+)(?:\/([^/]+)(?:\/([a-z]+))?)?$/;

/**
 * Reads a path. INVARIANT: only paths below one namespace are known, so that no list goes across them, and only the
 * subresources of the table: `exec`, `attach`, `portforward`, `proxy` and `token` are none.
 */
export function matchPath(method: string, path: string): PathMatch | undefined {
  const [, api, namespace = "", kind, name, subresource] = PATH.exec(path) ?? [];
  if (!Label.safeParse(namespace).success) return undefined;
  if (name !== undefined && !ObjectName.safeParse(name).success) return undefined;
  const routes = ROUTES.filter(
    (route) =>
      route.method === method &&
      route.api === api &&
      route.kind === kind &&
      route.named === (name !== undefined) &&
      route.subresource === subresource,
  );
  return routes.length === 0 ? undefined : { routes, namespace, name };
}

/** The path of a decided call. @throws Refusal `internal` for a value that was never planned */
export function pathOf(route: Route, namespace: string | undefined, values: ValueMap): string {
  const parts = [route.api, "namespaces", checked(Label, "namespace", namespace), route.kind];
  if (route.named) parts.push(checked(ObjectName, "name", values["name"]));
  if (route.subresource !== undefined) parts.push(route.subresource);
  return parts.join("/");
}

function checked(schema: typeof Label, name: string, value: unknown): string {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal("internal", {
    detail: `kubernetes: authority holds something that was never planned: ${name}`,
  });
}
