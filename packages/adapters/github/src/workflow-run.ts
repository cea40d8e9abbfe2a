import type { ActionsCheckSource } from "@watchword/core";
import { z } from "zod";
import { unusable } from "./call-github.ts";
import { type CheckRun, ProgressShape } from "./check-run.ts";
import { CommitId } from "./names.ts";
import type { CountedCheck } from "./sum-readings.ts";
import type { RepositoryReader } from "./with-read-token.ts";

const MAX_RUNS = 20;
const MAX_JOBS = 100;
const Id = z.int().min(1);
const Repository = z.object({ id: Id, owner: z.object({ id: Id }).nullish() });

const Runs = z.object({
  total_count: z.int().min(0),
  workflow_runs: z.array(
    z.object({
      id: Id,
      path: z.string(),
      event: z.string(),
      head_sha: CommitId,
      head_branch: z.string().nullable(),
      run_attempt: z.int().min(1),
      check_suite_id: Id,
      repository: Repository,
      head_repository: Repository.nullable(),
      pull_requests: z
        .array(z.object({ base: z.object({ ref: z.string(), repo: z.object({ id: Id }) }) }))
        .nullish(),
    }),
  ),
});
type Run = z.output<typeof Runs>["workflow_runs"][number];

const Jobs = z.object({
  total_count: z.int().min(0),
  jobs: z.array(
    z.object({
      ...ProgressShape,
      id: Id,
      run_id: Id,
      run_attempt: z.int().min(1),
      head_sha: CommitId,
      name: z.string(),
      completed_at: z.string().nullable(),
    }),
  ),
});

/** A check that counts, or in a few words why one does not. */
export type Judged = { readonly counted: CountedCheck } | { readonly why: string };

/**
 * Whether a check is a job of the declared workflow: its suite has a run of that file, in that repository, from that ref,
 * by one of those events, about that commit, and the run's latest attempt has the check among its jobs.
 */
export async function judgeCheck(
  reader: RepositoryReader,
  source: ActionsCheckSource,
  commit: string,
  check: CheckRun,
): Promise<Judged> {
  const suite = check.check_suite?.id;
  if (suite === undefined) return { why: "it is in no suite" };
  const query = new URLSearchParams({
    check_suite_id: String(suite),
    head_sha: commit,
    per_page: String(MAX_RUNS),
  });
  const page = Runs.safeParse(await reader.read(`/actions/runs?${query.toString()}`));
  if (!page.success) throw unusable("an answer that is not a list of workflow runs");
  if (page.data.total_count > MAX_RUNS) return { why: "its suite has too many runs to look at" };
  const reasons: string[] = [];
  for (const run of page.data.workflow_runs.filter((each) => each.check_suite_id === suite)) {
    const why = foreignness(source, commit, run);
    if (why === undefined) return judgeJob(reader, source, commit, check, run);
    reasons.push(`run ${run.id} ${why}`);
  }
  return { why: reasons.join(" and ") || "its suite has no workflow run" };
}

function foreignness(source: ActionsCheckSource, commit: string, run: Run): string | undefined {
  if (String(run.repository.id) !== source.repositoryId) return "is of another repository";
  // The text of a fork's commit is the fork's, however the run is named.
  if (String(run.head_repository?.id) !== source.repositoryId) return "runs a fork's commit";
  const owner = run.repository.owner?.id;
  if (source.ownerId !== undefined && String(owner) !== source.ownerId) return "is of another owner";
  if (run.path.split("@")[0] !== source.workflow) return "is of another workflow";
  if (!source.events.includes(run.event)) return `was started by ${run.event}`;
  if (run.head_sha !== commit) return "is about another commit";
  return isFromRef(source, run) ? undefined : "does not take its text from the declared ref";
}

function isFromRef(source: ActionsCheckSource, run: Run): boolean {
  const branch = source.ref.replace(/^refs\/heads\//, "");
  if (run.event !== "pull_request_target") return run.head_branch === branch;
  const pulls = run.pull_requests ?? [];
  return (
    pulls.length > 0 &&
    pulls.every(({ base }) => base.ref === branch && String(base.repo.id) === source.repositoryId)
  );
}

async function judgeJob(
  reader: RepositoryReader,
  source: ActionsCheckSource,
  commit: string,
  check: CheckRun,
  run: Run,
): Promise<Judged> {
  const page = Jobs.safeParse(
    await reader.read(`/actions/runs/${run.id}/jobs?filter=latest&per_page=${MAX_JOBS}`),
  );
  if (!page.success) throw unusable("an answer that is not a list of jobs");
  if (page.data.total_count > MAX_JOBS) return { why: `run ${run.id} has too many jobs to look at` };
  // INVARIANT: a check counts only as a job. Any workflow can post one of any name, and GitHub may put it into the suite
  // of the declared workflow; among the jobs of a run it never is.
  const job = page.data.jobs.find(
    (each) =>
      each.id === check.id &&
      each.name === source.check &&
      each.run_id === run.id &&
      each.run_attempt === run.run_attempt &&
      each.head_sha === commit,
  );
  if (job === undefined) return { why: `it is no job of run ${run.id}` };
  // The check says what its writer wrote, the job what Actions saw: green takes both.
  const agreed = check.status === job.status && check.conclusion === job.conclusion;
  const finished = check.status === "completed" && job.status === "completed";
  return {
    counted: {
      status: finished ? "completed" : job.status === "completed" ? check.status : job.status,
      conclusion: agreed ? job.conclusion : "contradiction",
      completedAt: job.completed_at,
      label: `job ${job.id} of run ${run.id}, attempt ${run.run_attempt}`,
    },
  };
}
