import type {
  CheckRunSeed,
  Conclusion,
  Progress,
  RepositorySeed,
  RunStatus,
  WorkflowRunSeed,
} from "./twin-options.ts";

/** Id of the App behind GitHub Actions on github.com. Every workflow's own token acts as it; a server has another. */
export const ACTIONS_APP_ID = 15_368;

/** How far something is, as GitHub shows it. */
export interface TwinProgress {
  readonly status: RunStatus;
  readonly conclusion: Conclusion | null;
  readonly startedAt: number;
  readonly completedAt: number | null;
}

/** A check run: a workflow's job, or whatever an App posted. */
export interface TwinCheck extends TwinProgress {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  readonly appId: number;
  readonly suiteId: number;
}

/** A workflow run. Its jobs are check runs by id, each with the attempt that it belongs to. */
export interface TwinRun extends TwinProgress {
  readonly id: number;
  readonly suiteId: number;
  readonly path: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly attempt: number;
  readonly headRepository: { readonly id: number; readonly fullName: string } | undefined;
  readonly pullRequests: readonly { readonly number: number; readonly baseRef: string }[];
  readonly jobs: ReadonlyMap<number, number>;
}

/** A check suite groups the checks of one App for one commit. */
interface TwinSuite {
  readonly id: number;
  readonly appId: number;
  readonly headSha: string;
}

/** Suites, checks and workflow runs of one repository. */
export class ChecksState {
  readonly suites = new Map<number, TwinSuite>();
  readonly checks = new Map<number, TwinCheck>();
  readonly runs = new Map<number, TwinRun>();
  /** The App that every workflow's own token acts as. */
  readonly actionsApp: number;
  readonly #now: () => number;
  #last: number;

  constructor(
    repositoryId: number,
    now: () => number,
    seed: Pick<RepositorySeed, "runs" | "checks">,
    actionsApp = ACTIONS_APP_ID,
  ) {
    this.#now = now;
    this.actionsApp = actionsApp;
    this.#last = repositoryId * 1_000_000;
    for (const run of seed.runs ?? []) this.startRun(run);
    for (const check of seed.checks ?? []) this.postCheck(check);
  }

  /** Starts a workflow run in a suite of its own, with a check run for each job. */
  startRun(seed: WorkflowRunSeed): TwinRun {
    const { attempt = 1, headSha } = seed;
    const suite = this.#openSuite(this.actionsApp, headSha, seed.checkSuiteId);
    const jobs = new Map<number, number>();
    for (const job of seed.jobs) {
      const check = this.#keep({ ...job, headSha, appId: this.actionsApp }, suite.id);
      jobs.set(check.id, job.attempt ?? attempt);
    }
    const run: TwinRun = {
      ...this.#progress(seed),
      id: seed.id ?? this.#next(),
      suiteId: suite.id,
      path: seed.path,
      event: seed.event,
      headSha,
      headBranch: seed.headBranch,
      attempt,
      headRepository: seed.headRepository,
      pullRequests: seed.pullRequests ?? [],
      jobs,
    };
    this.runs.set(run.id, run);
    return run;
  }

  /** Runs it again: a new attempt with new check runs of the same names in the same suite. */
  rerun(id: number): TwinRun {
    const run = this.#run(id);
    const attempt = run.attempt + 1;
    const jobs = new Map(run.jobs);
    for (const [job, of] of run.jobs) {
      const check = this.checks.get(job);
      if (check === undefined || of !== run.attempt) continue;
      const { name, headSha, appId } = check;
      jobs.set(this.#keep({ name, headSha, appId, status: "queued" }, run.suiteId).id, attempt);
    }
    const again: TwinRun = { ...run, ...this.#progress({ status: "queued" }), attempt, jobs };
    this.runs.set(id, again);
    return again;
  }

  /** Finishes the latest attempt: its jobs, or only those named, then the run. */
  finishRun(id: number, conclusion: Conclusion, jobs: Readonly<Record<string, Conclusion>> = {}): void {
    const run = this.#run(id);
    for (const [job, attempt] of run.jobs) {
      const check = this.checks.get(job);
      if (attempt !== run.attempt || check === undefined) continue;
      this.finishCheck(job, jobs[check.name] ?? conclusion);
    }
    this.runs.set(id, { ...run, ...this.#progress({ conclusion }), startedAt: run.startedAt });
  }

  finishCheck(id: number, conclusion: Conclusion): void {
    const check = this.checks.get(id);
    if (check === undefined) throw new TypeError(`twin: no check run ${id}`);
    this.checks.set(id, { ...check, ...this.#progress({ conclusion }), startedAt: check.startedAt });
  }

  /**
   * Posts a check through the API. GitHub chooses the suite: the first that this App has for the commit, so that a check
   * posted by any workflow may stand among those of another.
   */
  postCheck(seed: CheckRunSeed): TwinCheck {
    const suite = [...this.suites.values()].find(
      (candidate) => candidate.appId === seed.appId && candidate.headSha === seed.headSha,
    );
    return this.#keep(seed, (suite ?? this.#openSuite(seed.appId, seed.headSha)).id);
  }

  #keep(seed: CheckRunSeed, suiteId: number): TwinCheck {
    const { name, headSha, appId } = seed;
    const check = { ...this.#progress(seed), id: seed.id ?? this.#next(), name, headSha, appId, suiteId };
    this.checks.set(check.id, check);
    return check;
  }

  #openSuite(appId: number, headSha: string, id = this.#next()): TwinSuite {
    const suite = { id, appId, headSha };
    this.suites.set(id, suite);
    return suite;
  }

  #progress({ status, conclusion }: Progress): TwinProgress {
    const now = this.#now();
    return conclusion === undefined
      ? { status: status ?? "in_progress", conclusion: null, startedAt: now, completedAt: null }
      : { status: "completed", conclusion, startedAt: now, completedAt: now };
  }

  #run(id: number): TwinRun {
    const run = this.runs.get(id);
    if (run === undefined) throw new TypeError(`twin: no workflow run ${id}`);
    return run;
  }

  #next(): number {
    this.#last++;
    return this.#last;
  }
}
