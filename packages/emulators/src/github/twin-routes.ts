import { BRANCH_ROUTES } from "./branch-routes.ts";
import { CHECK_ROUTES } from "./check-routes.ts";
import { COMMIT_ROUTES } from "./commit-routes.ts";
import { CONTENTS_ROUTES } from "./contents-routes.ts";
import { ISSUE_ROUTES } from "./issue-routes.ts";
import { PULL_ROUTES } from "./pull-routes.ts";
import { RELEASE_ROUTES } from "./release-routes.ts";
import { repositoryBody } from "./repository-body.ts";
import { type RepositoryRoute, shown } from "./repository-route.ts";
import { REVIEW_ROUTES } from "./review-routes.ts";
import { WORKFLOW_ROUTES } from "./workflow-routes.ts";

/** What the twin knows of a repository. */
export const ROUTES: readonly RepositoryRoute[] = [
  {
    method: "GET",
    path: "",
    needs: [["metadata", "read"]],
    handle: ({ repository }) => shown(repositoryBody(repository)),
  },
  ...CONTENTS_ROUTES,
  ...BRANCH_ROUTES,
  ...PULL_ROUTES,
  ...REVIEW_ROUTES,
  ...COMMIT_ROUTES,
  ...RELEASE_ROUTES,
  ...ISSUE_ROUTES,
  ...CHECK_ROUTES,
  ...WORKFLOW_ROUTES,
];

/** Every endpoint of the twin, as `METHOD /path`, to be compared with GitHub's reference. */
export const githubTwinRoutes: readonly string[] = Object.freeze([
  "GET /app",
  "GET /app/installations/{installation_id}",
  "POST /app/installations/{installation_id}/access_tokens",
  "DELETE /installation/token",
  "GET /repos/{owner}/{repo}/installation",
  "GET /search/code",
  "GET /search/issues",
  ...ROUTES.map(({ method, path }) => `${method} /repos/{owner}/{repo}${path}`),
]);
