import type { GithubTwin } from "./github-twin.ts";
import type { Progress } from "./twin-options.ts";

/** A declared source of evidence, as far as a twin can stand for it. */
export interface DeclaredCheck {
  readonly issuer: string;
  readonly workflow?: string | undefined;
  readonly ref?: string | undefined;
  readonly events?: readonly string[] | undefined;
}

/** How a source stands about a commit from now on. */
export interface CheckChange {
  readonly source: DeclaredCheck;
  /** Name of the check, which is the job's. */
  readonly check: string;
  readonly commit: string;
  /** `green`, `red`, `pending`, `stale`, `empty`, `unsigned`, `other-commit`, `own-workflow`; the clock says how old it is. */
  readonly condition: string;
}

/** Where changes are, and what is on the branch that they go to. */
interface CheckPlace {
  readonly repository: string;
  readonly pull: number;
  readonly branch: string;
  readonly base: string;
}

/** By which a workflow runs as the change itself has it: nothing that it says counts. */
const UNTRUSTED = "pull_request";
const BASE_EVENT = "pull_request_target";

/**
 * Starts the run of a workflow that leaves a source in the state that is wanted: genuine in everything, but for what the state is
 * about.
 *
 * @throws TypeError for a source that is no workflow
 */
export function startEvidenceRun(
  twin: GithubTwin,
  { source, check, commit, condition }: CheckChange,
  { repository, pull, branch, base }: CheckPlace,
): void {
  if (source.issuer !== "github-actions" || source.workflow === undefined)
    throw new TypeError(
      `the ready system's checks are those of workflows, and this source is ${source.issuer}'s; give the system an evidence() of your own`,
    );
  const events = source.events ?? [BASE_EVENT];
  const event = events.includes(BASE_EVENT) ? BASE_EVENT : (events[0] ?? BASE_EVENT);
  const progress: Progress =
    condition === "pending"
      ? { status: "in_progress" }
      : { conclusion: condition === "red" ? "failure" : "success" };
  const ref = source.ref?.replace(/^refs\/heads\//, "") ?? base;
  twin.startRun(repository, {
    path: condition === "own-workflow" ? ".github/workflows/own.yml" : source.workflow,
    event: condition === "unsigned" ? UNTRUSTED : event,
    headSha: condition === "other-commit" ? (twin.head(repository, base) ?? "") : commit,
    headBranch: event === BASE_EVENT ? branch : ref,
    pullRequests: event === BASE_EVENT ? [{ number: pull, baseRef: ref }] : [],
    ...progress,
    jobs: condition === "empty" ? [] : [{ name: check, ...progress }],
  });
}
