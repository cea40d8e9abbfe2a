import { GithubProblem, notFound, validationFailed } from "./github-problem.ts";
import {
  type ApiAnswer,
  type RepositoryCall,
  type RepositoryRoute,
  changed,
  textOf,
} from "./repository-route.ts";

/** Starting a workflow by hand. It runs the text of the branch that is named. */
export const WORKFLOW_ROUTES: readonly RepositoryRoute[] = [
  {
    method: "POST",
    path: "/actions/workflows/{workflow_id}/dispatches",
    needs: [["actions", "write"]],
    handle: dispatch,
  },
];

function dispatch(call: RepositoryCall): ApiAnswer {
  const { repository } = call;
  const path = `.github/workflows/${call.variables["workflow_id"] ?? ""}`;
  // GitHub knows the workflows of the default branch, and runs the text of the named one.
  if (repository.commitAt(repository.defaultBranch)?.tree.has(path) !== true) throw notFound();
  const ref = textOf(call, "ref");
  const branch = ref.replace(/^refs\/heads\//, "");
  const head = repository.branches.get(branch);
  if (head === undefined) throw new GithubProblem(422, `No ref found for: ${ref}`);
  const text = repository.treeAt(head.sha).get(path)?.toString() ?? "";
  if (!/\bworkflow_dispatch\b/.test(text))
    throw new GithubProblem(422, "Workflow does not have 'workflow_dispatch' trigger");
  const { inputs = {} } = call.body;
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs))
    throw validationFailed("inputs");
  const lines = text.split("\n").map((line) => line.trim());
  const unexpected = Object.keys(inputs).filter((name) => !lines.includes(`${name}:`));
  if (unexpected.length > 0)
    throw new GithubProblem(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  repository.checks.startRun({
    path,
    event: "workflow_dispatch",
    headSha: head.sha,
    headBranch: branch,
    status: "queued",
    jobs: [],
  });
  return changed(204);
}
