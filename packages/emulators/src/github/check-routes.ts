import type { TwinCheck, TwinProgress, TwinRun } from "./checks-state.ts";
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
import type { RepositoryState } from "./repository-state.ts";
import type { Conclusion } from "./twin-options.ts";

const CONCLUSIONS: readonly string[] = [
  "success",
  "failure",
  "neutral",
  "cancelled",
  "skipped",
  "timed_out",
  "action_required",
] satisfies readonly Conclusion[];

/** Check runs, and the workflow runs behind those of GitHub Actions. */
export const CHECK_ROUTES: readonly RepositoryRoute[] = [
  { method: "GET", path: "/commits/{ref}/check-runs", needs: [["checks", "read"]], handle: listChecks },
  { method: "POST", path: "/check-runs", needs: [["checks", "write"]], handle: createCheck },
  { method: "GET", path: "/actions/runs", needs: [["actions", "read"]], handle: listRuns },
  { method: "GET", path: "/actions/runs/{run_id}", needs: [["actions", "read"]], handle: readRun },
  { method: "GET", path: "/actions/runs/{run_id}/jobs", needs: [["actions", "read"]], handle: listJobs },
];

function listChecks(call: RepositoryCall): ApiAnswer {
  const { repository, query } = call;
  const commit = repository.commitAt(call.variables["ref"] ?? "");
  if (commit === undefined)
    throw new GithubProblem(422, `No commit found for SHA: ${call.variables["ref"] ?? ""}`);
  const [name, app, filter] = [query.get("check_name"), query.get("app_id"), query.get("filter") ?? "latest"];
  const found = [...repository.checks.checks.values()]
    .filter((check) => check.headSha === commit.sha)
    .filter((check) => name === null || check.name === name)
    .filter((check) => app === null || String(check.appId) === app)
    .toSorted((one, other) => other.id - one.id)
    .filter((check, index, all) => filter === "all" || all.findIndex(sameCheck(check)) === index);
  return shown({
    total_count: found.length,
    check_runs: pageOf(call, found).map((check) => checkBody(call, check)),
  });
}

const sameCheck = (check: TwinCheck) => (other: TwinCheck) =>
  other.suiteId === check.suiteId && other.name === check.name;

function createCheck(call: RepositoryCall): ApiAnswer {
  const [name, headSha] = [textOf(call, "name"), textOf(call, "head_sha")];
  const [status, conclusion] = [optionalTextOf(call, "status"), optionalTextOf(call, "conclusion")];
  if (!call.repository.commits.has(headSha))
    throw new GithubProblem(422, `No commit found for SHA: ${headSha}`);
  if (status !== undefined && !["queued", "in_progress", "completed"].includes(status))
    throw validationFailed("status");
  if (conclusion === undefined ? status === "completed" : !CONCLUSIONS.includes(conclusion))
    throw validationFailed("conclusion");
  const { appId } = call.grant;
  const check = call.repository.checks.postCheck({
    name,
    headSha,
    appId,
    status: (status ?? "queued") as "queued" | "in_progress",
    ...(conclusion === undefined ? {} : { conclusion: conclusion as Conclusion }),
  });
  return changed(201, checkBody(call, check));
}

function listRuns(call: RepositoryCall): ApiAnswer {
  const [suite, sha] = [call.query.get("check_suite_id"), call.query.get("head_sha")];
  const [event, branch] = [call.query.get("event"), call.query.get("branch")];
  const found = [...call.repository.checks.runs.values()]
    .toReversed()
    .filter((run) => suite === null || String(run.suiteId) === suite)
    .filter((run) => sha === null || run.headSha === sha)
    .filter((run) => event === null || run.event === event)
    .filter((run) => branch === null || run.headBranch === branch);
  return shown({
    total_count: found.length,
    workflow_runs: pageOf(call, found).map((run) => runBody(call.repository, run)),
  });
}

function readRun(call: RepositoryCall): ApiAnswer {
  return shown(runBody(call.repository, runOf(call)));
}

function listJobs(call: RepositoryCall): ApiAnswer {
  const run = runOf(call);
  const jobs = [...run.jobs]
    .filter(([, attempt]) => call.query.get("filter") === "all" || attempt === run.attempt)
    .flatMap(([id, attempt]) => {
      const check = call.repository.checks.checks.get(id);
      return check === undefined ? [] : [{ check, attempt }];
    });
  return shown({
    total_count: jobs.length,
    jobs: pageOf(call, jobs).map(({ check, attempt }) => ({
      id: check.id,
      run_id: run.id,
      run_attempt: attempt,
      head_sha: check.headSha,
      name: check.name,
      ...times(check),
      check_run_url: `https://api.github.com/repos/${call.repository.fullName}/check-runs/${check.id}`,
    })),
  });
}

function runOf({ repository, variables }: RepositoryCall): TwinRun {
  const run = repository.checks.runs.get(Number(variables["run_id"]));
  if (run === undefined) throw notFound();
  return run;
}

function checkBody(call: RepositoryCall, check: TwinCheck) {
  return {
    id: check.id,
    name: check.name,
    head_sha: check.headSha,
    ...times(check),
    check_suite: { id: check.suiteId },
    app: { id: check.appId },
  };
}

function runBody(repository: RepositoryState, run: TwinRun) {
  const own = {
    id: repository.id,
    full_name: repository.fullName,
    owner: { login: repository.owner.login, id: repository.owner.id },
  };
  const { headRepository } = run;
  return {
    id: run.id,
    path: run.path,
    event: run.event,
    head_sha: run.headSha,
    head_branch: run.headBranch,
    run_attempt: run.attempt,
    check_suite_id: run.suiteId,
    status: run.status,
    conclusion: run.conclusion,
    updated_at: timeText(run.completedAt ?? run.startedAt),
    repository: own,
    head_repository:
      headRepository === undefined ? own : { id: headRepository.id, full_name: headRepository.fullName },
    pull_requests: run.pullRequests.map(({ number, baseRef }) => ({
      number,
      base: { ref: baseRef, repo: { id: repository.id } },
    })),
  };
}

const timeText = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

function times(progress: TwinProgress) {
  return {
    status: progress.status,
    conclusion: progress.conclusion,
    started_at: timeText(progress.startedAt),
    completed_at: progress.completedAt === null ? null : timeText(progress.completedAt),
  };
}
