import { PAGE, none, only, same } from "./route-fields.ts";
import type { Route } from "./route.ts";

/** Commits, and what is said of them. */
export const COMMIT_ROUTES: readonly Route[] = [
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
];
