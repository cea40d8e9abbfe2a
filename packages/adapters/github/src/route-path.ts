import { Refusal, type Value, type ValueMap } from "@watchword/core";
import { isRepositoryName } from "./names.ts";
import { ROUTES, type Route } from "./routes.ts";

/** A route that method and path belong to, with what stands in the path. */
export interface RouteMatch {
  readonly route: Route;
  readonly repository: string;
  readonly arguments: ValueMap;
}

/** Each variable of a route's path: `{number}`, `{name}`, `{+name}`, `{/name}`. */
const VARIABLE = /\{([+/]?)([a-z]+)\}/g;

/** The one route that method and path belong to; `undefined` for everything else. */
export function matchRoute(method: string, path: string): RouteMatch | undefined {
  const [, repository = "", rest = ""] = /^\/repos\/([^/]+\/[^/]+)((?:\/.*)?)$/.exec(path) ?? [];
  if (!isRepositoryName(repository)) return undefined;
  for (const route of ROUTES) {
    if (route.method !== method) continue;
    const values = readPath(route, rest);
    if (values !== undefined) return { route, repository, arguments: values };
  }
  return undefined;
}

/** The path of a decided call. @throws Refusal `internal` for a value that was never planned */
export function pathOf(route: Route, repository: string, values: ValueMap): string {
  if (!isRepositoryName(repository)) throw unplanned("repository");
  const path = route.path.replace(VARIABLE, (_, kind: string, name: string) => {
    const value = values[name];
    if (name === "number" && typeof value === "number") return String(value);
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
  return Object.fromEntries(values.map(([name, text]) => [name, name === "number" ? Number(text) : text]));
}

function patternOf(kind: string, name: string): string {
  if (name === "number") return String.raw`([1-9]\d{0,9})`;
  if (kind === "/") return "(/.+)";
  // A branch may hold slashes however it is written below; a commit never does.
  return name === "commit" ? "([^/]+)" : "(.+)";
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", {
    detail: `github: authority holds something that was never planned: ${name}`,
  });
}
