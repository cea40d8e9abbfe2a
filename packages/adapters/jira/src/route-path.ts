import { Refusal, type ValueMap } from "@watchword/core";
import type { JiraSettings } from "./jira-options.ts";
import { IssueKey, NumericId, isProjectKey } from "./names.ts";
import { apiPath } from "./own-project.ts";
import { type Route, routesOf } from "./routes.ts";

/** Every route that method and path belong to, with what stands in the path. */
export interface PathMatch {
  readonly routes: readonly Route[];
  /** The site that the path names; a data center's names none. */
  readonly site: string | undefined;
  readonly project: string | undefined;
  /** The issue's key, or the project's number. */
  readonly arguments: ValueMap;
}

/** The routes that method and path belong to; `undefined` for everything else. */
export function matchPath({ kind }: JiraSettings, method: string, path: string): PathMatch | undefined {
  const [, site, rest = ""] =
    (kind === "cloud"
      ? /^\/ex\/jira\/([0-9a-f-]{36})\/rest\/api\/3(\/.+)$/
      : /^(?:)()\/rest\/api\/2(\/.+)$/
    ).exec(path) ?? [];
  // Between slashes stands one key at most: `/issue/APP-1/comment`.
  const [, collection = "", key = ""] = /^\/([a-z]+)\/([^/]+)/.exec(rest) ?? [];
  const held = readKey(collection, key);
  const routes = routesOf(kind).filter(
    (route) =>
      route.method === method && fill(route.path, held.issue ?? held.projectId ?? held.project) === rest,
  );
  if (routes.length === 0) return undefined;
  const { project, ...named } = held;
  return { routes, site: kind === "cloud" ? site : undefined, project, arguments: named };
}

/** The path of a decided call: a project by its number. @throws Refusal `internal` for a value that was never planned */
export function pathOf(
  settings: JiraSettings,
  route: Route,
  { site = "" }: Readonly<Record<string, string>>,
  { issue, projectId }: ValueMap,
): string {
  const key = route.path.includes("{issue}") ? IssueKey.safeParse(issue) : NumericId.safeParse(projectId);
  const path = fill(route.path, key.data);
  if (path !== undefined) return `${apiPath(settings, site)}${path}`;
  throw new Refusal("internal", {
    detail: "jira: authority holds an issue or project that was never planned",
  });
}

function readKey(collection: string, key: string): { issue?: string; project?: string; projectId?: string } {
  if (collection === "issue" && IssueKey.safeParse(key).success) return { issue: key };
  if (collection !== "project") return {};
  if (NumericId.safeParse(key).success) return { projectId: key };
  return isProjectKey(key) ? { project: key } : {};
}

function fill(path: string, key: string | undefined): string | undefined {
  const [before = "", after] = path.split(/\{[a-z]+\}/);
  if (after === undefined) return before;
  return key === undefined ? undefined : `${before}${key}${after}`;
}
