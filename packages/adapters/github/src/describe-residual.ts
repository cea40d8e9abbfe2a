import type { Authority, Residual } from "@watchword/core";
import { routeOf } from "./routes.ts";

/** What a permission lets a token do, in words. GitHub cannot bind it to a branch, a path or a number. */
const REACH: Readonly<Record<string, string>> = {
  "contents: write":
    "write any file on any branch, make and delete branches, tags and releases and merge any pull request",
  "contents: read": "read every file, branch and commit",
  "pull_requests: write": "open, change, close, review and comment on any pull request",
  "pull_requests: read": "read every pull request",
  "issues: write": "open, change, close and comment on any issue",
  "issues: read": "read every issue",
  "checks: write": "post a check of any name on any commit, as the App",
  "checks: read": "read every check",
  "statuses: write": "give any commit a status of any name",
  "statuses: read": "read every status",
  "actions: write": "start, repeat, cancel and delete runs of any workflow and switch workflows off",
};

/** What the token could do beyond its action until it is ended or an hour is over. */
export function describeResidual(authority: Authority): Residual {
  const route = routeOf(authority.operation);
  const repository = authority.resource["repository"] ?? "the repository";
  const reach = Object.entries(route.permissions)
    .map(([name, level]) => REACH[`${name}: ${level}`])
    .filter((text) => text !== undefined);
  if (reach.length === 0) return { summary: "none", axes: [], heldBy: "gateway" };
  return {
    summary: `the token could ${reach.join(", ")} of ${repository} for up to 60 minutes`,
    axes: [
      "operation",
      ...Object.keys(authority.arguments).filter((name) => name !== "repositoryId"),
      "time",
    ],
    heldBy: "gateway",
  };
}
