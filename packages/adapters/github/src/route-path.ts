import { Refusal, type Value, type ValueMap } from "@watchword/core";
import { isRepositoryName } from "./names.ts";
import { ROUTES, type Route } from "./routes.ts";

/** A route that method and path belong to, with what stands in the path. */
export interface RouteMatch {
  readonly route: Route;
  readonly repository: string;
  readonly arguments: ValueMap;
}

/** One variable of a route's path: `{number}`, `{name}`, `{+name}`, `{/name}`. */
const VARIABLE = /^(.*)\{([+/]?)([a-z]+)\}(.*)$/;

/** The one route that method and path belong to; `undefined` for everything else. */
export function matchRoute(method: string, path: string): RouteMatch | undefined {
  const [, repository = "", rest = ""] = /^\/repos\/([^/]+\/[^/]+)((?:\/.*)?)$/.exec(path) ?? [];
  if (!isRepositoryName(repository)) return undefined;
  for (const route of ROUTES) {
    if (route.method !== method) continue;
    const values = readPath(route.path, rest);
    if (values !== undefined) return { route, repository, arguments: values };
  }
  return undefined;
}

/** The path of a decided call. @throws Refusal `internal` for a value that was never planned */
export function pathOf(route: Route, repository: string, values: ValueMap): string {
  const [, before = route.path, kind, name = "", after = ""] = VARIABLE.exec(route.path) ?? [];
  if (!isRepositoryName(repository)) throw unplanned("repository");
  const root = `/repos/${repository}${before}`;
  if (kind === undefined) return root;
  const value = values[name];
  if (name === "number" && typeof value === "number") return `${root}${value}${after}`;
  if (typeof value !== "string" || value === "") throw unplanned(name);
  // One segment stays one: a slash in a branch would be another endpoint (`main/protection`).
  return `${root}${kind === "" ? encodeURIComponent(value) : value}${after}`;
}

/** Names of the arguments that stand in a route's path. */
export function pathArguments(route: Route): readonly string[] {
  const name = VARIABLE.exec(route.path)?.[3];
  return name === undefined ? [] : [name];
}

function readPath(template: string, rest: string): Record<string, Value> | undefined {
  const match = VARIABLE.exec(template);
  if (match === null) return template === rest ? {} : undefined;
  const [, before = "", kind = "", name = "", after = ""] = match;
  if (!rest.startsWith(before) || !rest.endsWith(after) || rest.length <= before.length + after.length)
    return undefined;
  const held = rest.slice(before.length, rest.length - after.length);
  if (name === "number") return /^[1-9]\d{0,9}$/.test(held) ? { number: Number(held) } : undefined;
  if (kind === "/") return held.startsWith("/") ? { [name]: held } : undefined;
  // A branch may hold slashes however it is written below; a commit never does.
  return name === "commit" && held.includes("/") ? undefined : { [name]: held };
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", {
    detail: `github: authority holds something that was never planned: ${name}`,
  });
}
