import { type GatewayRequest, Refusal, type Value, type ValueMap } from "@watchword/core";
import { isRepositoryName } from "./names.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { readSearch } from "./search-query.ts";

/** A route that method and path belong to, with what stands in the path. */
export interface RouteMatch {
  readonly route: Route;
  readonly repository: string;
  readonly arguments: ValueMap;
}

/** Variables that are integers. */
const INTEGERS: ReadonlySet<string> = new Set(["number", "release", "review"]);

/** Each variable of a route's path: `{number}`, `{name}`, `{+name}`, `{/name}`. */
const VARIABLE = /\{([+/]?)([a-z]+)\}/g;

/**
 * The one route that method and path belong to; `undefined` for everything else.
 *
 * @throws Refusal `request_mismatch` for a search that does not name its repository as it must
 */
export function matchRoute(
  method: string,
  path: string,
  query: GatewayRequest["query"],
): RouteMatch | undefined {
  if (path.startsWith("/search/")) return matchSearch(method, path, query);
  const [, repository = "", rest = ""] = /^\/repos\/([^/]+\/[^/]+)((?:\/.*)?)$/.exec(path) ?? [];
  if (!isRepositoryName(repository)) return undefined;
  for (const route of ROUTES) {
    if (route.method !== method || route.search !== undefined) continue;
    const values = readPath(route, rest);
    if (values !== undefined) return { route, repository, arguments: values };
  }
  return undefined;
}

function matchSearch(method: string, path: string, query: GatewayRequest["query"]): RouteMatch | undefined {
  for (const route of ROUTES) {
    if (route.search === undefined || route.method !== method || route.path !== path) continue;
    const found = readSearch(route, query);
    if (found !== undefined) return { route, repository: found.repository, arguments: { text: found.text } };
  }
  return undefined;
}

/** The path of a decided call. @throws Refusal `internal` for a value that was never planned */
export function pathOf(route: Route, repository: string, values: ValueMap): string {
  if (!isRepositoryName(repository)) throw unplanned("repository");
  if (route.search !== undefined) return route.path;
  const path = route.path.replace(VARIABLE, (_, kind: string, name: string) => {
    const value = values[name];
    if (INTEGERS.has(name) && typeof value === "number") return String(value);
    if (typeof value !== "string" || value === "") throw unplanned(name);
    // One segment stays one: a slash in a branch would be another endpoint (`main/protection`).
    return kind === "" ? encodeURIComponent(value) : value;
  });
  return `/repos/${repository}${path}`;
}

/** Names of the arguments that stand in a route's path. */
export function pathArguments(route: Route): readonly string[] {
  return [...route.path.matchAll(VARIABLE)].map(([, , name = ""]) => name);
}

function readPath(route: Route, rest: string): Record<string, Value> | undefined {
  const pattern = route.path.split(VARIABLE).map((part, index, parts) => {
    // Between the literal parts stand each variable's kind and name.
    if (index % 3 === 0) return part.replaceAll(".", String.raw`\.`);
    return index % 3 === 1 ? patternOf(part, parts[index + 1] ?? "") : "";
  });
  const held = new RegExp(`^${pattern.join("")}$`).exec(rest);
  if (held === null) return undefined;
  const values = pathArguments(route).map((name, index) => [name, held[index + 1] ?? ""] as const);
  return Object.fromEntries(values.map(([name, text]) => [name, INTEGERS.has(name) ? Number(text) : text]));
}

function patternOf(kind: string, name: string): string {
  if (INTEGERS.has(name)) return String.raw`([1-9]\d{0,15})`;
  if (kind === "/") return "(/.+)";
  // A branch may hold slashes however it is written below; a commit and a label never do.
  return name === "commit" || name === "label" ? "([^/]+)" : "(.+)";
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", {
    detail: `github: authority holds something that was never planned: ${name}`,
  });
}
