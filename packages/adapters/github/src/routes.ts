import { Refusal } from "@watchword/core";

/** Permissions of an installation token, by GitHub's names. */
export type Permissions = Readonly<Record<string, "read" | "write">>;

/** How an argument stands in a query: as it is, as a decimal number, or as names with commas between them. */
export type QueryKind = "text" | "integer" | "names";

/** One operation's place in GitHub's API. The only methods, paths and parameters that this adapter knows. */
export interface Route {
  readonly operation: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /**
   * Below `/repos/{owner}/{repo}`. `{number}` is an integer, `{name}` one segment, `{+name}` takes slashes, `{/name}` is a
   * path that begins with one.
   */
  readonly path: string;
  /** Every query parameter: its argument and kind. */
  readonly query: Readonly<Record<string, readonly [argument: string, kind: QueryKind]>>;
  /** Every member of the JSON body: its argument, and what GitHub writes before its value; a tool may leave a `short` one out. */
  readonly body: Readonly<Record<string, readonly [argument: string, prefix: string, spelling?: "short"]>>;
  /** Exactly what the token may do. GitHub adds `metadata: read` to every token, so it is asked for. */
  readonly permissions: Permissions;
}

const none = { path: "", query: {}, body: {} } as const;
const PAGE = { per_page: ["per_page", "integer"], page: ["page", "integer"] } as const;
const same = (...names: readonly string[]): Route["body"] =>
  Object.fromEntries(names.map((name) => [name, [name, ""] as const]));
const only = (name: string, level: "read" | "write"): Permissions => ({ [name]: level, metadata: "read" });

const ISSUE_FIELDS = ["title", "body", "labels", "assignees"] as const;

/** All of them. */
export const ROUTES: readonly Route[] = [
  { ...none, operation: "repositories.get", method: "GET", permissions: { metadata: "read" } },
  {
    ...none,
    operation: "contents.get",
    method: "GET",
    path: "/contents{/path}",
    query: { ref: ["branch", "text"] },
    permissions: only("contents", "read"),
  },
  {
    ...none,
    operation: "contents.put",
    method: "PUT",
    path: "/contents{/path}",
    body: same("branch", "message", "content", "sha"),
    permissions: only("contents", "write"),
  },
  {
    ...none,
    operation: "contents.delete",
    method: "DELETE",
    path: "/contents{/path}",
    body: same("branch", "message", "sha"),
    permissions: only("contents", "write"),
  },
  {
    ...none,
    operation: "branches.get",
    method: "GET",
    path: "/branches/{branch}",
    permissions: only("contents", "read"),
  },
  {
    ...none,
    operation: "branches.create",
    method: "POST",
    path: "/git/refs",
    body: { ref: ["branch", "refs/heads/"], sha: ["sha", ""] },
    permissions: only("contents", "write"),
  },
  {
    ...none,
    operation: "branches.delete",
    method: "DELETE",
    path: "/git/refs/heads/{+branch}",
    permissions: only("contents", "write"),
  },
  {
    ...none,
    operation: "pull_requests.get",
    method: "GET",
    path: "/pulls/{number}",
    permissions: only("pull_requests", "read"),
  },
  {
    ...none,
    operation: "pull_requests.list",
    method: "GET",
    path: "/pulls",
    query: { state: ["state", "text"], base: ["base", "text"], ...PAGE },
    permissions: only("pull_requests", "read"),
  },
  {
    ...none,
    operation: "pull_requests.create",
    method: "POST",
    path: "/pulls",
    body: same("title", "head", "base", "body", "draft"),
    permissions: only("pull_requests", "write"),
  },
  {
    ...none,
    operation: "pull_requests.merge",
    method: "PUT",
    path: "/pulls/{number}/merge",
    body: {
      merge_method: ["method", ""],
      commit_title: ["title", ""],
      commit_message: ["message", ""],
      sha: ["sha", ""],
    },
    permissions: only("contents", "write"),
  },
  {
    ...none,
    operation: "pull_requests.files",
    method: "GET",
    path: "/pulls/{number}/files",
    query: PAGE,
    permissions: only("pull_requests", "read"),
  },
  {
    ...none,
    operation: "pull_requests.update",
    method: "PATCH",
    path: "/pulls/{number}",
    body: same("title", "body", "state"),
    permissions: only("pull_requests", "write"),
  },
  {
    ...none,
    operation: "pull_requests.review",
    method: "POST",
    path: "/pulls/{number}/reviews",
    body: { ...same("event", "body", "comments"), commit_id: ["sha", ""] },
    permissions: only("pull_requests", "write"),
  },
  {
    ...none,
    operation: "issues.get",
    method: "GET",
    path: "/issues/{number}",
    permissions: only("issues", "read"),
  },
  {
    ...none,
    operation: "issues.list",
    method: "GET",
    path: "/issues",
    query: { state: ["state", "text"], labels: ["labels", "names"], ...PAGE },
    permissions: only("issues", "read"),
  },
  {
    ...none,
    operation: "issues.create",
    method: "POST",
    path: "/issues",
    body: same(...ISSUE_FIELDS),
    permissions: only("issues", "write"),
  },
  {
    ...none,
    operation: "issues.update",
    method: "PATCH",
    path: "/issues/{number}",
    body: same(...ISSUE_FIELDS, "state", "state_reason"),
    permissions: only("issues", "write"),
  },
  {
    ...none,
    operation: "issues.comment",
    method: "POST",
    path: "/issues/{number}/comments",
    body: same("body"),
    permissions: only("issues", "write"),
  },
  {
    ...none,
    operation: "issues.comments",
    method: "GET",
    path: "/issues/{number}/comments",
    query: PAGE,
    permissions: only("issues", "read"),
  },
  {
    ...none,
    operation: "issues.label",
    method: "POST",
    path: "/issues/{number}/labels",
    body: same("labels"),
    permissions: only("issues", "write"),
  },
  {
    ...none,
    operation: "commits.list",
    method: "GET",
    path: "/commits",
    query: { sha: ["branch", "text"], ...PAGE },
    permissions: only("contents", "read"),
  },
  {
    ...none,
    operation: "commits.get",
    method: "GET",
    path: "/commits/{commit}",
    permissions: only("contents", "read"),
  },
  {
    ...none,
    operation: "commits.compare",
    method: "GET",
    path: "/compare/{base}...{head}",
    query: PAGE,
    permissions: only("contents", "read"),
  },
  {
    ...none,
    operation: "statuses.get",
    method: "GET",
    path: "/commits/{commit}/status",
    query: PAGE,
    permissions: only("statuses", "read"),
  },
  {
    ...none,
    operation: "statuses.create",
    method: "POST",
    path: "/statuses/{commit}",
    body: same("context", "state", "description", "target_url"),
    permissions: only("statuses", "write"),
  },
  {
    ...none,
    operation: "checks.list",
    method: "GET",
    path: "/commits/{commit}/check-runs",
    query: {
      check_name: ["check_name", "text"],
      app_id: ["app_id", "integer"],
      filter: ["filter", "text"],
      ...PAGE,
    },
    permissions: only("checks", "read"),
  },
  {
    ...none,
    operation: "checks.create",
    method: "POST",
    path: "/check-runs",
    body: { ...same("name", "status", "conclusion", "output"), head_sha: ["commit", ""] },
    permissions: only("checks", "write"),
  },
  {
    ...none,
    operation: "releases.list",
    method: "GET",
    path: "/releases",
    query: PAGE,
    permissions: only("contents", "read"),
  },
  {
    ...none,
    operation: "releases.create",
    method: "POST",
    path: "/releases",
    body: {
      ...same("body", "draft", "prerelease"),
      tag_name: ["tag", ""],
      name: ["title", ""],
      target_commitish: ["sha", ""],
    },
    permissions: only("contents", "write"),
  },
  {
    ...none,
    operation: "workflows.dispatch",
    method: "POST",
    path: "/actions/workflows/{workflow}/dispatches",
    // Sent in full: a short name could be a tag's, whose text of the workflow is another one.
    body: { ref: ["branch", "refs/heads/", "short"], ...same("inputs") },
    permissions: only("actions", "write"),
  },
];

/** The route of an operation. @throws Refusal `unknown_target` */
export function routeOf(operation: string): Route {
  const route = ROUTES.find((candidate) => candidate.operation === operation);
  if (route === undefined)
    throw new Refusal("unknown_target", {
      detail: `github has no operation ${operation}`,
      failedFact: "action",
    });
  return route;
}
