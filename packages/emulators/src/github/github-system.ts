import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { type Adapter, type Clock, type Connection, SealedCredential, type ValueMap } from "@watchword/core";
import { type GithubTwin, githubTwin } from "./github-twin.ts";
import { type CheckChange, startEvidenceRun } from "./start-evidence-run.ts";
import type { AccountSeed, RepositorySeed } from "./twin-options.ts";

/** Options of {@link githubSystem}. */
export interface GithubSystemOptions {
  /** The tenant whose agents act, and another: their accounts have the same names. Default `acme` and `globex`. */
  readonly tenants?: { readonly own: string; readonly other: string };
  /** Id of the tenant's repository `app`, as the policy's evidence names it. Default 123. */
  readonly repositoryId?: number;
  /** Id of the account that owns it. Default 9. */
  readonly ownerId?: number;
  /** What stands in `app`; what is left out stays: `main`, `feature` with pull request 7, `old`, issue 3. */
  readonly app?: Partial<Pick<RepositorySeed, "branches" | "pulls" | "issues">>;
}

/** A GitHub that runs for one world: the adapter over a twin, and what two tenants own there. */
export interface GithubSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: GithubTwin;
  readonly own: Connection;
  readonly other: Connection;
  /** None: what belongs to whom is said by the repository. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  readonly missing: Readonly<Record<string, ValueMap>>;
  readonly resource: Readonly<Record<"own" | "other", Readonly<Record<string, string>>>>;
  /** A repository of the tenant's that no grant of `app` names. */
  readonly neighbour: Readonly<Record<string, string>>;
  /** Starts a workflow's run that leaves a declared source as it is told. */
  evidence(change: CheckChange): void;
}

const APP_ID = 7;
const PULL = 7;
const MAIN = "a".repeat(40);
const FEATURE = "f".repeat(40);
const PERMISSIONS = Object.freeze({
  actions: "write",
  checks: "write",
  contents: "write",
  issues: "write",
  pull_requests: "write",
  statuses: "write",
} as const);
/** A workflow that people start by hand. */
const DEPLOY = Object.freeze({
  ".github/workflows/deploy.yml":
    "on:\n  workflow_dispatch:\n    inputs:\n      target:\n        type: string\n",
});
const newPair = promisify(generateKeyPair);

/**
 * Code for `boundary({ systems })`: your adapter over a twin in which two tenants have a repository `app` each, and evidence is the
 * checks of workflows. The App's key is made at the first start, and is the same for all worlds of this value.
 *
 * @param github the adapter's factory
 *
 * @example
 * ```ts
 * const code = githubSystem(github, { repositoryId: 123 });
 * ```
 */
export function githubSystem(
  github: (twin: { readonly appId: number; readonly baseUrl: string }) => Adapter,
  options: GithubSystemOptions = {},
): (world: { readonly clock: Clock; readonly name: string }) => Promise<GithubSystem> {
  const { tenants = { own: "acme", other: "globex" }, repositoryId = 123, ownerId = 9 } = options;
  const own: AccountSeed = { login: tenants.own, id: ownerId };
  const other: AccountSeed = { login: tenants.other, id: ownerId + 1 };
  let pair: ReturnType<typeof newKeys> | undefined;
  return async ({ clock, name }) => {
    const { publicKey, privateKey } = await (pair ??= newKeys());
    const twin = await githubTwin({
      clock,
      apps: [{ id: APP_ID, slug: "watchword", publicKey }],
      installations: [own, other].map((account, index) => ({
        id: installationOf(index),
        appId: APP_ID,
        account,
        permissions: PERMISSIONS,
        repositories: "all",
      })),
      repositories: [
        { ...repository(repositoryId, own), ...options.app },
        { ...repository(repositoryId + 1, own), name: "other" },
        repository(repositoryId + 2, other),
      ],
    });
    const connection = (tenant: string, index: number): Connection => ({
      tenant,
      system: name,
      account: tenant,
      settings: { installation: String(installationOf(index)) },
      secret: new SealedCredential(privateKey),
    });
    const app = `${tenants.own}/app`;
    return {
      // Tools address GitHub, as they do in production: nothing but the adapter knows of the twin.
      adapter: github({ appId: APP_ID, baseUrl: twin.url }),
      twin,
      own: connection(tenants.own, 0),
      other: connection(tenants.other, 1),
      foreign: {},
      missing: {},
      resource: { own: { repository: app }, other: { repository: `${tenants.other}/app` } },
      neighbour: { repository: `${tenants.own}/other` },
      evidence: (change) =>
        startEvidenceRun(twin, change, { repository: app, pull: PULL, branch: "feature", base: "main" }),
      [Symbol.asyncDispose]: () => twin.close(),
    };
  };
}

const installationOf = (index: number): number => 42 + index;

function newKeys(): Promise<{ readonly publicKey: string; readonly privateKey: string }> {
  return newPair("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

function repository(id: number, owner: AccountSeed): RepositorySeed {
  return {
    id,
    name: "app",
    owner,
    branches: {
      main: { commit: MAIN, protected: true, files: { "docs/a.md": "hello\n", ...DEPLOY } },
      feature: { commit: FEATURE, files: { "docs/a.md": "hello\n", "docs/b.md": "more\n", ...DEPLOY } },
      old: {},
    },
    pulls: [{ number: PULL, head: "feature" }],
    issues: [{ number: 3, title: "A page is missing", labels: ["bug"] }],
    reviews: [{ id: 80, pull: PULL, state: "CHANGES_REQUESTED" }],
    releases: [{ id: 1, tag: "v1.0.0" }],
  };
}
