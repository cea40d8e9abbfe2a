import { GithubProblem, notFound, validationFailed } from "./github-problem.ts";
import { requirePermission } from "./installation-tokens.ts";
import {
  type ApiAnswer,
  type RepositoryCall,
  type RepositoryRoute,
  changed,
  optionalTextOf,
  pageOf,
  shown,
  textOf,
  textsOf,
} from "./repository-route.ts";
import type { RepositoryState, TwinIssue } from "./repository-state.ts";

const READ = [
  ["issues", "read"],
  ["pull_requests", "read"],
] as const;
const WRITE = [
  ["issues", "write"],
  ["pull_requests", "write"],
] as const;

/** Issues and their comments. Every pull request is an issue too, so that these reach both. */
export const ISSUE_ROUTES: readonly RepositoryRoute[] = [
  { method: "GET", path: "/issues", needs: READ, handle: list },
  { method: "POST", path: "/issues", needs: [["issues", "write"]], handle: create },
  { method: "GET", path: "/issues/{number}", needs: READ, handle: read },
  { method: "PATCH", path: "/issues/{number}", needs: WRITE, handle: update },
  { method: "GET", path: "/issues/{number}/comments", needs: READ, handle: comments },
  { method: "POST", path: "/issues/{number}/labels", needs: WRITE, handle: addLabels },
  { method: "DELETE", path: "/issues/{number}/labels/{label}", needs: WRITE, handle: removeLabel },
  { method: "POST", path: "/issues/{number}/comments", needs: WRITE, handle: comment },
];

function list(call: RepositoryCall): ApiAnswer {
  const state = call.query.get("state") ?? "open";
  const labels = (call.query.get("labels") ?? "").split(",").filter((label) => label !== "");
  const found = [...call.repository.issues.values()]
    .toReversed()
    .filter((issue) => state === "all" || issue.state === state)
    .filter((issue) => labels.every((label) => issue.labels.includes(label)));
  return shown(pageOf(call, found).map((issue) => issueBody(call.repository, issue)));
}

function read(call: RepositoryCall): ApiAnswer {
  return shown(issueBody(call.repository, issueOf(call, "read")));
}

function create(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const issue = repository.openIssue(repository.nextNumber, {
    title: textOf(call, "title"),
    body: optionalTextOf(call, "body") ?? null,
    labels: textsOf(call, "labels") ?? [],
  });
  const assigned = { ...issue, assignees: textsOf(call, "assignees") ?? [] };
  repository.issues.set(issue.number, assigned);
  return changed(201, issueBody(call.repository, assigned));
}

function update(call: RepositoryCall): ApiAnswer {
  const issue = issueOf(call, "write");
  const state = optionalTextOf(call, "state") ?? issue.state;
  if (state !== "open" && state !== "closed") throw validationFailed("state");
  const updated: TwinIssue = {
    ...issue,
    title: optionalTextOf(call, "title") ?? issue.title,
    body: optionalTextOf(call, "body") ?? issue.body,
    state,
    stateReason: optionalTextOf(call, "state_reason") ?? (state === issue.state ? issue.stateReason : null),
    labels: textsOf(call, "labels") ?? issue.labels,
    assignees: textsOf(call, "assignees") ?? issue.assignees,
  };
  call.repository.issues.set(issue.number, updated);
  return changed(200, issueBody(call.repository, updated));
}

function comment(call: RepositoryCall): ApiAnswer {
  const issue = issueOf(call, "write");
  const id = issue.number * 1_000_000 + issue.comments.length + 1;
  const made = { id, body: textOf(call, "body") };
  call.repository.issues.set(issue.number, { ...issue, comments: [...issue.comments, made] });
  return changed(201, { ...made, created_at: new Date(call.now).toISOString() });
}

function comments(call: RepositoryCall): ApiAnswer {
  return shown(pageOf(call, issueOf(call, "read").comments));
}

function addLabels(call: RepositoryCall): ApiAnswer {
  const issue = issueOf(call, "write");
  const labels = textsOf(call, "labels");
  if (labels === undefined) throw validationFailed("labels", "missing_field");
  const all = [...new Set([...issue.labels, ...labels])];
  call.repository.issues.set(issue.number, { ...issue, labels: all });
  return changed(
    200,
    all.map((name) => ({ name })),
  );
}

function removeLabel(call: RepositoryCall): ApiAnswer {
  const issue = issueOf(call, "write");
  const label = call.variables["label"] ?? "";
  if (!issue.labels.includes(label)) throw new GithubProblem(404, "Label does not exist");
  const labels = issue.labels.filter((name) => name !== label);
  call.repository.issues.set(issue.number, { ...issue, labels });
  return changed(
    200,
    labels.map((name) => ({ name })),
  );
}

function issueOf(call: RepositoryCall, level: "read" | "write"): TwinIssue {
  const issue = call.repository.issues.get(Number(call.variables["number"]));
  if (issue === undefined) throw notFound();
  // Which of the two permissions it takes depends on what the number names.
  const isPull = call.repository.pulls.has(issue.number);
  requirePermission(call.grant.permissions, [isPull ? "pull_requests" : "issues", level]);
  return issue;
}

/** An issue as GitHub shows it. */
export function issueBody(repository: RepositoryState, issue: TwinIssue) {
  const url = `https://api.github.com/repos/${repository.fullName}`;
  return {
    id: repository.id * 1_000 + issue.number,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    labels: issue.labels.map((name) => ({ name })),
    assignees: issue.assignees.map((login) => ({ login })),
    comments: issue.comments.length,
    ...(repository.pulls.has(issue.number) ? { pull_request: { url: `${url}/pulls/${issue.number}` } } : {}),
  };
}
