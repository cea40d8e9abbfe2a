import { GithubProblem, notFound } from "./github-problem.ts";
import {
  type ApiAnswer,
  type RepositoryCall,
  type RepositoryRoute,
  changed,
  shown,
  textOf,
} from "./repository-route.ts";
import type { RepositoryState } from "./repository-state.ts";

/** Branches and the refs behind them. */
export const BRANCH_ROUTES: readonly RepositoryRoute[] = [
  { method: "GET", path: "/branches/{branch}", needs: [["contents", "read"]], handle: readBranch },
  { method: "GET", path: "/git/ref/{+ref}", needs: [["contents", "read"]], handle: readRef },
  { method: "POST", path: "/git/refs", needs: [["contents", "write"]], handle: createRef },
  { method: "DELETE", path: "/git/refs/{+ref}", needs: [["contents", "write"]], handle: deleteRef },
];

function readBranch({ repository, variables }: RepositoryCall): ApiAnswer {
  const name = variables["branch"] ?? "";
  const branch = repository.branches.get(name);
  if (branch === undefined) throw new GithubProblem(404, "Branch not found");
  return shown({ name, commit: { sha: branch.sha }, protected: branch.protected });
}

function readRef({ repository, variables }: RepositoryCall): ApiAnswer {
  const ref = variables["ref"] ?? "";
  const tagged = ref.startsWith("tags/") ? repository.tags.get(ref.slice("tags/".length)) : undefined;
  if (tagged !== undefined) return shown({ ref: `refs/${ref}`, object: { type: "commit", sha: tagged } });
  const name = branchOf(ref);
  const branch = name === undefined ? undefined : repository.branches.get(name);
  if (name === undefined || branch === undefined) throw notFound();
  return shown(refOf(name, branch.sha));
}

function createRef(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const ref = textOf(call, "ref");
  const sha = textOf(call, "sha");
  const name = ref.startsWith("refs/") ? branchOf(ref.slice("refs/".length)) : undefined;
  if (name === undefined || !isBranchName(name)) throw new GithubProblem(422, "Reference name is not valid.");
  if (!/^[0-9a-f]{40}$/.test(sha))
    throw new GithubProblem(422, "The sha parameter must be exactly 40 characters.");
  if (!repository.commits.has(sha)) throw new GithubProblem(422, "Object does not exist");
  if (repository.branches.has(name)) throw new GithubProblem(422, "Reference already exists");
  repository.branches.set(name, { sha, protected: false });
  return changed(201, refOf(name, sha));
}

function deleteRef({ repository, variables }: RepositoryCall): ApiAnswer {
  const name = branchOf(variables["ref"] ?? "");
  if (name === undefined || !repository.branches.has(name))
    throw new GithubProblem(422, "Reference does not exist");
  refuseKept(repository, name);
  repository.branches.delete(name);
  return changed(204);
}

function refuseKept(repository: RepositoryState, name: string): void {
  if (name === repository.defaultBranch) throw new GithubProblem(422, "Cannot delete the default branch");
  if (repository.branches.get(name)?.protected === true)
    throw new GithubProblem(422, "Cannot delete a protected branch");
}

function branchOf(ref: string): string | undefined {
  return ref.startsWith("heads/") ? ref.slice("heads/".length) : undefined;
}

/** The rules of `git check-ref-format` for one branch name. */
function isBranchName(name: string): boolean {
  return (
    !/[\u0000-\u0020~^:?*[\\\u007f]|\.\.|@\{|\/\/|^\/|\/$|\.$/.test(name) &&
    name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"))
  );
}

const refOf = (name: string, sha: string) => ({ ref: `refs/heads/${name}`, object: { type: "commit", sha } });
