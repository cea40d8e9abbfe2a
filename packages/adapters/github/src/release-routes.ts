import { PAGE, none, only, same } from "./route-fields.ts";
import type { Route } from "./route.ts";

/** Releases, and the start of workflows. */
export const RELEASE_ROUTES: readonly Route[] = [
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
  {
    ...none,
    operation: "releases.get",
    method: "GET",
    path: "/releases/{release}",
    permissions: only("contents", "read"),
  },
  {
    ...none,
    operation: "releases.update",
    method: "PATCH",
    path: "/releases/{release}",
    body: { ...same("body", "prerelease"), name: ["title", ""] },
    permissions: only("contents", "write"),
  },
  {
    ...none,
    operation: "releases.delete",
    method: "DELETE",
    path: "/releases/{release}",
    permissions: only("contents", "write"),
  },
];
