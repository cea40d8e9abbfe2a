import { PAGE, none, only, same } from "./route-fields.ts";
import type { Route } from "./route.ts";

/** A repository, its files and its branches. */
export const REPOSITORY_ROUTES: readonly Route[] = [
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
    operation: "contents.search",
    method: "GET",
    path: "/search/code",
    search: "",
    query: PAGE,
    permissions: only("contents", "read"),
  },
];
