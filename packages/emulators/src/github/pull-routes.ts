import { GithubProblem, notFound, validationFailed } from "./github-problem.ts";
import {
  type ApiAnswer,
  type RepositoryCall,
  type RepositoryRoute,
  changed,
  optionalTextOf,
  pageOf,
  shown,
  textOf,
} from "./repository-route.ts";
import type { RepositoryState, TwinPull } from "./repository-state.ts";

/** Pull requests. Merging is a write to contents, as at GitHub: a token that may merge may push as well. */
export const PULL_ROUTES: readonly RepositoryRoute[] = [
  { method: "GET", path: "/pulls", needs: [["pull_requests", "read"]], handle: list },
  { method: "POST", path: "/pulls", needs: [["pull_requests", "write"]], handle: create },
  { method: "GET", path: "/pulls/{number}", needs: [["pull_requests", "read"]], handle: read },
  { method: "PATCH", path: "/pulls/{number}", needs: [["pull_requests", "write"]], handle: update },
  { method: "PUT", path: "/pulls/{number}/merge", needs: [["contents", "write"]], handle: merge },
];

/** A pull request as GitHub shows it. */
export function pullBody(repository: RepositoryState, pull: TwinPull) {
  const issue = repository.issues.get(pull.number);
  const base = { id: repository.id, full_name: repository.fullName };
  const from = pull.fork === undefined ? base : { id: pull.fork.repositoryId, full_name: pull.fork.fullName };
  return {
    id: repository.id * 1_000 + pull.number,
    number: pull.number,
    title: issue?.title,
    body: issue?.body ?? null,
    state: issue?.state,
    draft: pull.draft,
    merged: pull.merged !== undefined,
    mergeable: pull.mergeable,
    merge_commit_sha: pull.merged?.sha ?? null,
    head: { ref: pull.head, sha: repository.headOf(pull), repo: from },
    base: { ref: pull.base, sha: repository.branches.get(pull.base)?.sha, repo: base },
  };
}

function list(call: RepositoryCall): ApiAnswer {
  const { repository, query } = call;
  const state = query.get("state") ?? "open";
  const [head, base] = [query.get("head"), query.get("base")];
  const found = [...repository.pulls.values()]
    .toReversed()
    .filter((pull) => state === "all" || repository.issues.get(pull.number)?.state === state)
    .filter((pull) => head === null || head === `${repository.owner.login}:${pull.head}`)
    .filter((pull) => base === null || base === pull.base);
  // Whether one is or can be merged, a list does not say.
  return shown(
    pageOf(call, found).map((pull) => {
      const { merged: _, mergeable: __, ...listed } = pullBody(repository, pull);
      return listed;
    }),
  );
}

function read(call: RepositoryCall): ApiAnswer {
  return shown(pullBody(call.repository, pullOf(call)));
}

function create(call: RepositoryCall): ApiAnswer {
  const { repository, body } = call;
  const [title, head, base] = [textOf(call, "title"), textOf(call, "head"), textOf(call, "base")];
  if (!repository.branches.has(base)) throw validationFailed("base");
  if (!repository.branches.has(head)) throw validationFailed("head");
  if (repository.branches.get(head)?.sha === repository.branches.get(base)?.sha)
    throw new GithubProblem(422, "Validation Failed", [
      { resource: "PullRequest", code: "custom", message: `No commits between ${base} and ${head}` },
    ]);
  const number = repository.nextNumber;
  repository.openIssue(number, { title, body: optionalTextOf(call, "body") ?? null, labels: [] });
  const pull: TwinPull = {
    number,
    head,
    base,
    draft: body["draft"] === true,
    mergeable: true,
    appId: call.grant.appId,
    fork: undefined,
    merged: undefined,
  };
  repository.pulls.set(number, pull);
  return changed(201, pullBody(repository, pull));
}

function update(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const pull = pullOf(call);
  const issue = repository.issues.get(pull.number);
  if (issue === undefined) throw notFound();
  const [state, base] = [
    optionalTextOf(call, "state") ?? issue.state,
    optionalTextOf(call, "base") ?? pull.base,
  ];
  if (state !== "open" && state !== "closed") throw validationFailed("state");
  if (!repository.branches.has(base)) throw validationFailed("base");
  if (pull.merged !== undefined && state === "open") throw validationFailed("state");
  const [title, body] = [optionalTextOf(call, "title"), optionalTextOf(call, "body")];
  repository.issues.set(pull.number, {
    ...issue,
    title: title ?? issue.title,
    body: body ?? issue.body,
    state,
  });
  const updated = { ...pull, base };
  repository.pulls.set(pull.number, updated);
  return changed(200, pullBody(repository, updated));
}

function merge(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const pull = pullOf(call);
  const issue = repository.issues.get(pull.number);
  if (pull.draft) throw new GithubProblem(405, "Pull Request is still a draft");
  if (issue === undefined || issue.state !== "open" || pull.merged !== undefined || !pull.mergeable)
    throw new GithubProblem(405, "Pull Request is not mergeable");
  const method = optionalTextOf(call, "merge_method") ?? "merge";
  if (!["merge", "squash", "rebase"].includes(method)) throw validationFailed("merge_method");
  const head = repository.headOf(pull);
  const wanted = optionalTextOf(call, "sha");
  if (wanted !== undefined && wanted !== head)
    throw new GithubProblem(409, "Head branch was modified. Review and try the merge again.");
  const title = optionalTextOf(call, "commit_title") ?? `Merge pull request #${pull.number}`;
  const commit = repository.commit(
    pull.base,
    [title, optionalTextOf(call, "commit_message")].filter((text) => text !== undefined).join("\n\n"),
    (files) => {
      for (const [path, bytes] of repository.treeAt(head)) files.set(path, bytes);
    },
    method === "merge" ? head : undefined,
  );
  repository.pulls.set(pull.number, { ...pull, merged: { sha: commit.sha, head } });
  repository.issues.set(pull.number, { ...issue, state: "closed" });
  return changed(200, { sha: commit.sha, merged: true, message: "Pull Request successfully merged" });
}

/** The pull request that a path names. @throws GithubProblem 404 */
export function pullOf({ repository, variables }: RepositoryCall): TwinPull {
  const pull = repository.pulls.get(Number(variables["number"]));
  if (pull === undefined) throw notFound();
  return pull;
}
