import { github } from "@watchword/adapter-github";
import { generateKeyPairSync } from "node:crypto";
import { type Connection, SealedCredential } from "@watchword/core";
import {
  type GithubTwin,
  type RepositorySeed,
  type WorkflowRunSeed,
  githubTwin,
} from "@watchword/emulators/github";
import type { EvidenceChange, RunningSystem, SystemUnderTest } from "../src/index.ts";

const MAIN = "a".repeat(40);
const FEATURE = "f".repeat(40);
const ACME = { login: "acme", id: 9 };
const GLOBEX = { login: "globex", id: 8 };
const KEY = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const PERMISSIONS = {
  actions: "read",
  checks: "write",
  contents: "write",
  issues: "write",
  pull_requests: "write",
} as const;

/** Two owners with a repository `app` each, and evidence as check runs of workflows. */
export const code: SystemUnderTest = async ({ clock, name }): Promise<RunningSystem> => {
  const twin = await githubTwin({
    clock,
    apps: [{ id: 7, slug: "watchword", publicKey: KEY.publicKey }],
    installations: [
      { id: 42, appId: 7, account: ACME, permissions: PERMISSIONS, repositories: "all" },
      { id: 43, appId: 7, account: GLOBEX, permissions: PERMISSIONS, repositories: "all" },
    ],
    repositories: [
      repository(123, ACME),
      { ...repository(124, ACME), name: "other" },
      repository(223, GLOBEX),
    ],
  });
  const connection = (tenant: string, installation: string): Connection => ({
    tenant,
    system: name,
    account: tenant,
    settings: { installation },
    secret: new SealedCredential(KEY.privateKey),
  });
  return {
    adapter: github({ appId: 7, baseUrl: twin.url, apiOrigins: [twin.url] }),
    twin,
    own: connection("acme", "42"),
    other: connection("globex", "43"),
    foreign: {},
    missing: {},
    resource: { own: { repository: "acme/app" }, other: { repository: "globex/app" } },
    neighbour: { repository: "acme/other" },
    evidence: (change) => check(twin, change),
    [Symbol.asyncDispose]: () => twin.close(),
  };
};

function repository(id: number, owner: RepositorySeed["owner"]): RepositorySeed {
  return {
    id,
    name: "app",
    owner,
    branches: {
      main: { commit: MAIN, protected: true, files: { "docs/a.md": "hello\n" } },
      feature: { commit: FEATURE, files: { "docs/a.md": "hello\n", "docs/b.md": "more\n" } },
      old: {},
    },
    pulls: [{ number: 7, head: "feature" }],
    issues: [{ number: 3, title: "A page is missing" }],
  };
}

/** A workflow's run about the commit, in the state that is wanted. */
function check(twin: GithubTwin, { source, check: job, commit, condition }: EvidenceChange): void {
  if (source.issuer !== "github-actions") throw new TypeError("this twin's checks are those of workflows");
  const conclusion = condition === "red" ? "failure" : "success";
  const progress = condition === "pending" ? ({ status: "in_progress" } as const) : ({ conclusion } as const);
  const run: WorkflowRunSeed = {
    path: condition === "own-workflow" ? ".github/workflows/own.yml" : source.workflow,
    event: condition === "unsigned" ? "pull_request" : "pull_request_target",
    headSha: condition === "other-commit" ? MAIN : commit,
    headBranch: "feature",
    pullRequests: [{ number: 7, baseRef: "main" }],
    ...progress,
    jobs: condition === "empty" ? [] : [{ name: job, ...progress }],
  };
  twin.startRun("acme/app", run);
}
