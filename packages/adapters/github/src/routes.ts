import { Refusal } from "@watchword/core";
import { COMMIT_ROUTES } from "./commit-routes.ts";
import { ISSUE_ROUTES } from "./issue-routes.ts";
import { PULL_REQUEST_ROUTES } from "./pull-request-routes.ts";
import { RELEASE_ROUTES } from "./release-routes.ts";
import { REPOSITORY_ROUTES } from "./repository-routes.ts";
import type { Route } from "./route.ts";

/** All of them. */
export const ROUTES: readonly Route[] = [
  ...REPOSITORY_ROUTES,
  ...PULL_REQUEST_ROUTES,
  ...ISSUE_ROUTES,
  ...COMMIT_ROUTES,
  ...RELEASE_ROUTES,
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
