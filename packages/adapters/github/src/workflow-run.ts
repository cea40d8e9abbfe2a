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

type Job = z.output<typeof Jobs>["jobs"][number];

/** The checks of one suite that count, and in a few words what does not. */
export interface Judged {
  readonly counted: readonly CountedCheck[];
  readonly reasons: readonly string[];
  /** Whether there was more than can be looked at: what nobody looked at may be red. */
  readonly unseen: boolean;
}

/**
 * Which jobs of a suite count: its run must be of the declared file, in that repository, from that ref, by one of those
 * events, about that commit; of the run, the latest attempt's jobs of the declared name.
 */
export async function judgeSuite(
  reader: RepositoryReader,
  source: ActionsCheckSource,
  commit: string,
  suite: { readonly id: number; readonly checks: readonly CheckRun[] },
): Promise<Judged> {
  const query = new URLSearchParams({
    check_suite_id: String(suite.id),
    head_sha: commit,
    per_page: String(MAX_RUNS),
  });
  const page = Runs.safeParse(await reader.read(`/actions/runs?${query.toString()}`));
  if (!page.success) throw unusable("an answer that is not a list of workflow runs");
  if (page.data.total_count > MAX_RUNS) return tooMany(`suite ${suite.id} has too many runs to look at`);
  const runs = page.data.workflow_runs.filter((run) => run.check_suite_id === suite.id);
  if (runs.length === 0) return none(`suite ${suite.id} has no workflow run`);
  const judged = await Promise.all(
    runs.map(async (run) => {
      const why = foreignness(source, commit, run);
      return why === undefined ? judgeJobs(reader, source, run, suite.checks) : none(`run ${run.id} ${why}`);
    }),
  );
  return {
    counted: judged.flatMap(({ counted }) => counted),
    reasons: judged.flatMap(({ reasons }) => reasons),
    unseen: judged.some(({ unseen }) => unseen),
  };
}

const none = (reason: string): Judged => ({ counted: [], reasons: [reason], unseen: false });
const tooMany = (reason: string): Judged => ({ counted: [], reasons: [reason], unseen: true });

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

async function judgeJobs(
  reader: RepositoryReader,
  source: ActionsCheckSource,
  run: Run,
  checks: readonly CheckRun[],
): Promise<Judged> {
  const page = Jobs.safeParse(
    await reader.read(`/actions/runs/${run.id}/jobs?filter=latest&per_page=${MAX_JOBS}`),
  );
  if (!page.success) throw unusable("an answer that is not a list of jobs");
  if (page.data.total_count > MAX_JOBS) return tooMany(`run ${run.id} has too many jobs to look at`);
  // INVARIANT: only a job counts. Any workflow can post a check of any name, and GitHub may put it into the suite of the
  // declared workflow; among the jobs of a run it never is.
  const jobs = page.data.jobs.filter(
    (job) =>
      job.name === source.check &&
      job.run_id === run.id &&
      job.run_attempt === run.run_attempt &&
      job.head_sha === run.head_sha,
  );
  if (jobs.length === 0) return none(`no check of the name is a job of run ${run.id}`);
  return { counted: jobs.map((job) => countJob(run, job, checks)), reasons: [], unseen: false };
}

/** The check says what its writer wrote, the job what Actions saw: green takes both. */
function countJob(run: Run, job: Job, checks: readonly CheckRun[]): CountedCheck {
  const check = checks.find((candidate) => candidate.id === job.id);
  const agreed = check !== undefined && check.conclusion === job.conclusion;
  return {
    status: job.status === "completed" ? (check?.status ?? "completed") : job.status,
    conclusion: agreed ? job.conclusion : "a conclusion that its check contradicts",
    completedAt: job.completed_at,
    label: `job ${job.id} of run ${run.id}, attempt ${run.run_attempt}`,
  };
}
