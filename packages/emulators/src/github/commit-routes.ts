import { changesBetween, fileBody } from "./changed-files.ts";
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
import type { RepositoryState, TwinCommit, TwinStatus } from "./repository-state.ts";

const STATES: readonly string[] = ["error", "failure", "pending", "success"] satisfies TwinStatus["state"][];

/** Commits, and the statuses that anybody with the permission gives them: a name proves nothing. */
export const COMMIT_ROUTES: readonly RepositoryRoute[] = [
  { method: "GET", path: "/commits", needs: [["contents", "read"]], handle: list },
  { method: "GET", path: "/commits/{ref}", needs: [["contents", "read"]], handle: read },
  { method: "GET", path: "/compare/{basehead}", needs: [["contents", "read"]], handle: compare },
  { method: "GET", path: "/commits/{ref}/status", needs: [["statuses", "read"]], handle: combined },
  { method: "POST", path: "/statuses/{sha}", needs: [["statuses", "write"]], handle: create },
];

function list(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const head = repository.commitAt(call.query.get("sha") ?? repository.defaultBranch);
  if (head === undefined) throw notFound();
  return shown(pageOf(call, historyOf(repository, head)).map(bodyOf));
}

/** A commit and its first parents, newest first. */
function historyOf(repository: RepositoryState, head: TwinCommit): readonly TwinCommit[] {
  const found: TwinCommit[] = [];
  for (let next: TwinCommit | undefined = head; next !== undefined;) {
    found.push(next);
    next = repository.commits.get(next.parents[0] ?? "");
  }
  return found;
}

function read(call: RepositoryCall): ApiAnswer {
  return shown(bodyOf(commitOf(call, "ref")));
}

function compare(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const [base, head] = (call.variables["basehead"] ?? "").split("...").map((ref) => repository.commitAt(ref));
  if (base === undefined || head === undefined) throw notFound();
  const before = historyOf(repository, base);
  const ahead = historyOf(repository, head).filter((commit) => !before.includes(commit));
  return shown({
    status: ahead.length === 0 ? "identical" : "ahead",
    ahead_by: ahead.length,
    total_commits: ahead.length,
    commits: pageOf(call, ahead.toReversed()).map(bodyOf),
    files: changesBetween(base.tree, head.tree).map(fileBody),
  });
}

function combined(call: RepositoryCall): ApiAnswer {
  const { sha } = commitOf(call, "ref");
  const all = call.repository.statuses.filter((status) => status.commit === sha).toReversed();
  const latest = all.filter(
    (status, index) => all.findIndex(({ context }) => context === status.context) === index,
  );
  const states = latest.map(({ state }) => state);
  const failed = states.includes("failure") || states.includes("error");
  const open = states.length === 0 || states.includes("pending");
  return shown({
    sha,
    state: failed ? "failure" : open ? "pending" : "success",
    total_count: latest.length,
    statuses: pageOf(call, latest).map(statusBody),
  });
}

function create(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const commit = commitOf(call, "sha");
  const state = textOf(call, "state");
  if (!STATES.includes(state)) throw validationFailed("state");
  const status: TwinStatus = {
    id: repository.id * 10_000 + repository.statuses.length + 1,
    commit: commit.sha,
    context: optionalTextOf(call, "context") ?? "default",
    state: state as TwinStatus["state"],
    description: optionalTextOf(call, "description") ?? null,
    targetUrl: optionalTextOf(call, "target_url") ?? null,
  };
  repository.statuses.push(status);
  return changed(201, statusBody(status));
}

function commitOf(call: RepositoryCall, variable: "ref" | "sha"): TwinCommit {
  const ref = call.variables[variable] ?? "";
  const commit = call.repository.commitAt(ref);
  if (commit !== undefined) return commit;
  throw new GithubProblem(422, `No commit found for SHA: ${ref}`);
}

const bodyOf = ({ sha, message, parents }: TwinCommit) => ({
  sha,
  commit: { message },
  parents: parents.map((parent) => ({ sha: parent })),
});

const statusBody = ({ id, context, state, description, targetUrl }: TwinStatus) => ({
  id,
  context,
  state,
  description,
  target_url: targetUrl,
});
