import { PAGE, none, only, same } from "./route-fields.ts";
import type { Route } from "./route.ts";

const ISSUE_FIELDS = ["title", "body", "labels", "assignees"] as const;

/** Issues, their comments and labels. */
export const ISSUE_ROUTES: readonly Route[] = [
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
    operation: "issues.unlabel",
    method: "DELETE",
    path: "/issues/{number}/labels/{label}",
    permissions: only("issues", "write"),
  },
  {
    ...none,
    operation: "issues.search",
    method: "GET",
    path: "/search/issues",
    search: "is:issue",
    query: PAGE,
    permissions: only("issues", "read"),
  },
];
