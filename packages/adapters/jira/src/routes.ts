import { type Access, Refusal } from "@watchword/core";

/** How an argument stands in a query: as a number, as names with commas between them, as JQL. */
export type QueryKind = "integer" | "names";

/** What the body of an operation is; `undefined`: none. */
export type BodyKind = "create" | "edit" | "labels" | "assignee" | "transition" | "comment";

/** One operation's place in Jira's API. The only methods, paths and parameters that this adapter knows. */
export interface Route {
  readonly operation: string;
  readonly method: "GET" | "POST" | "PUT";
  /** Below the site's API. `{issue}` is an issue's key, `{project}` a project's key or number. */
  readonly path: string;
  /** Every query parameter but `jql`: its kind. Arguments have the names of their parameters. */
  readonly query: Readonly<Record<string, QueryKind>>;
  /** Whether the query holds JQL, which says project and conditions. */
  readonly jql: boolean;
  readonly body: BodyKind | undefined;
  readonly access: Access;
  /** What a token that may do this could do to any issue that its account reaches, for people. */
  readonly deed: string;
}

const none = { query: {}, jql: false, body: undefined } as const;
const reads = {
  ...none,
  method: "GET",
  access: "read",
  deed: "read every issue, comment and project",
} as const;
const writes = {
  ...none,
  access: "write",
  deed: "open, change, assign, move along and comment on every issue",
} as const;

/** All of them; the search has another path at a data center. */
const ROUTES: readonly Route[] = [
  { ...reads, operation: "projects.get", path: "/project/{project}" },
  {
    ...reads,
    operation: "issues.search",
    path: "/search/jql",
    query: { fields: "names", maxResults: "integer" },
    jql: true,
  },
  { ...reads, operation: "issues.get", path: "/issue/{issue}", query: { fields: "names" } },
  { ...writes, operation: "issues.create", method: "POST", path: "/issue", body: "create" },
  { ...writes, operation: "issues.edit", method: "PUT", path: "/issue/{issue}", body: "edit" },
  { ...writes, operation: "labels.change", method: "PUT", path: "/issue/{issue}", body: "labels" },
  { ...writes, operation: "assignee.set", method: "PUT", path: "/issue/{issue}/assignee", body: "assignee" },
  { ...reads, operation: "transitions.list", path: "/issue/{issue}/transitions" },
  {
    ...writes,
    operation: "transitions.apply",
    method: "POST",
    path: "/issue/{issue}/transitions",
    body: "transition",
  },
  {
    ...reads,
    operation: "comments.list",
    path: "/issue/{issue}/comment",
    query: { startAt: "integer", maxResults: "integer" },
  },
  { ...writes, operation: "comments.add", method: "POST", path: "/issue/{issue}/comment", body: "comment" },
];

/** The routes of one kind of Jira. */
export function routesOf(kind: "cloud" | "data-center"): readonly Route[] {
  if (kind === "cloud") return ROUTES;
  return ROUTES.map((route) => (route.jql ? { ...route, path: "/search" } : route));
}

/** The route of an operation. @throws Refusal `unknown_target` */
export function routeOf(kind: "cloud" | "data-center", operation: string): Route {
  const route = routesOf(kind).find((candidate) => candidate.operation === operation);
  if (route === undefined)
    throw new Refusal("unknown_target", {
      detail: `jira has no operation ${operation}`,
      failedFact: "action",
    });
  return route;
}
