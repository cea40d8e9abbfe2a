import type { ActionsCheckSource, AppCheckSource, Clock, EvidenceReading } from "@watchword/core";
import type { RepositorySeed, WorkflowRunSeed } from "@watchword/emulators/github";
import { FEATURE, githubFixture } from "./github-fixture.ts";

/** 2026-09-01T12:00:00Z, moved by nobody. */
export const NOW = 1_788_264_000;
const clock: Clock = { now: () => NOW * 1000 };

/** Evaluations on the protected main branch, run for what pull requests offer. */
export const EVALS: ActionsCheckSource = {
  issuer: "github-actions",
  check: "evals",
  repositoryId: "123",
  ownerId: "9",
  workflow: ".github/workflows/evals.yml",
  ref: "refs/heads/main",
  events: ["pull_request_target", "workflow_dispatch"],
};

/** A scanner of its own App. */
export const SCANNER: AppCheckSource = {
  issuer: "github-app",
  check: "scan",
  repositoryId: "123",
  ownerId: undefined,
  app: "555",
};

/** The run that counts: the declared file, for the pull request into main, about its head. */
export const GENUINE: WorkflowRunSeed = {
  id: 900,
  checkSuiteId: 800,
  path: ".github/workflows/evals.yml",
  event: "pull_request_target",
  headSha: FEATURE,
  headBranch: "feature",
  pullRequests: [{ number: 7, baseRef: "main" }],
  conclusion: "success",
  jobs: [{ id: 700, name: "evals", conclusion: "success" }],
};

/** A twin with these runs and checks, and a way to ask the adapter about the head of pull request 7. */
export async function evidenceFixture(
  app: Partial<RepositorySeed>,
  source: ActionsCheckSource | AppCheckSource = EVALS,
  server?: { readonly actionsApp: number; readonly known: boolean },
) {
  const fixture = await githubFixture({ app, clock, ...(server === undefined ? {} : { server }) });
  const read = async (
    commit = FEATURE,
    resource = { repository: "acme/app" },
    through: typeof fetch = fetch,
  ): Promise<EvidenceReading> => {
    const context = { connection: fixture.own, fetch: through, clock, signal: AbortSignal.timeout(5_000) };
    const reading = fixture.adapter.readEvidence?.({ source, commit, resource }, context);
    if (reading === undefined) throw new TypeError("the adapter reads no evidence");
    return reading;
  };
  return { ...fixture, read };
}
