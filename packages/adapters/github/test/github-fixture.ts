import { github } from "@watchword/adapter-github";
import type { AdapterFixture } from "@watchword/conformance";
import { type Clock, type Connection, SealedCredential } from "@watchword/core";
import { type RepositorySeed, githubTwin } from "@watchword/emulators/github";
import { KEYS } from "./github-keys.ts";

/** The commit on main, and the one that pull request 7 offers. */
export const MAIN = "a".repeat(40);
export const FEATURE = "f".repeat(40);

const ACME = { login: "acme", id: 9 };
const GLOBEX = { login: "globex", id: 8 };
const LABS = { login: "acme-labs", id: 10 };
const PERMISSIONS = {
  actions: "write",
  checks: "write",
  contents: "write",
  issues: "write",
  pull_requests: "write",
  statuses: "write",
} as const;

const DEPLOY = {
  ".github/workflows/deploy.yml":
    "on:\n  workflow_dispatch:\n    inputs:\n      target:\n        type: string\n",
};

/** Two owners with a repository `app` each, alike but for their ids, and one more of the tenant's. */
export async function githubFixture(
  changes: {
    readonly app?: Partial<RepositorySeed>;
    readonly clock?: Clock;
    /** GitHub Enterprise Server; whether the adapter knows which App is GitHub Actions there. */
    readonly server?: { readonly actionsApp: number; readonly known: boolean };
  } = {},
) {
  const app = { ...repository(123, ACME), ...changes.app };
  const twin = await githubTwin({
    apps: [{ id: 7, slug: "watchword", publicKey: KEYS.app.publicKey }],
    installations: [
      { id: 42, appId: 7, account: ACME, permissions: PERMISSIONS, repositories: [123, 124] },
      { id: 43, appId: 7, account: GLOBEX, permissions: PERMISSIONS, repositories: "all" },
      { id: 44, appId: 7, account: ACME, permissions: {}, repositories: [] },
      { id: 46, appId: 7, account: LABS, permissions: PERMISSIONS, repositories: "all" },
    ],
    repositories: [
      app,
      { ...repository(124, ACME), name: "other" },
      repository(223, GLOBEX),
      repository(323, LABS),
    ],
    ...(changes.server === undefined ? {} : { server: changes.server }),
    ...(changes.clock === undefined ? {} : { clock: changes.clock }),
  });
  return {
    adapter: github({
      appId: 7,
      baseUrl: changes.server === undefined ? twin.url : `${twin.url}/api/v3`,
      apiOrigins: [twin.url],
      ...(changes.server?.known === true ? { actionsApp: changes.server.actionsApp } : {}),
    }),
    twin,
    system: "code",
    own: connection("acme", "acme", "42"),
    other: connection("globex", "globex", "43"),
    unauthenticated: connection("acme", "acme", "42", KEYS.stranger.privateKey),
    unpermitted: connection("acme", "acme", "44"),
    foreign: {},
    missing: {},
    passedHeaders: [],
    resource: { own: { repository: "acme/app" }, other: { repository: "globex/app" } },
    lookups: Object.values(github({ appId: 7 }).catalogue.operations).map((entry) => entry.name),
    credentials: {
      unauthenticated: new SealedCredential("ghs_7_canaryunknown00000000000000000000000"),
      unpermitted: new SealedCredential(twin.jobToken("acme/app", {})),
    },
    mintBound: ["repositoryId"],
    openPaths: [
      "contents.get",
      "contents.put",
      "contents.delete",
      "branches.get",
      "branches.delete",
      "commits.compare",
      "issues.unlabel",
    ],
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** A tenant's connection to the twin. */
export function connection(
  tenant: string,
  account: string,
  installation: string,
  key: string = KEYS.app.privateKey,
): Connection {
  return { tenant, system: "code", account, settings: { installation }, secret: new SealedCredential(key) };
}

function repository(id: number, owner: RepositorySeed["owner"]): RepositorySeed {
  return {
    id,
    name: "app",
    owner,
    branches: {
      main: {
        commit: MAIN,
        protected: true,
        files: { "docs/a.md": "hello\n", "README.md": "app\n", ...DEPLOY },
      },
      feature: { commit: FEATURE, files: { "docs/a.md": "hello\n", "docs/b.md": "more\n", ...DEPLOY } },
      old: {},
    },
    pulls: [{ number: 7, head: "feature" }],
    issues: [{ number: 3, title: "A page is missing", labels: ["bug"] }],
    reviews: [{ id: 80, pull: 7, state: "CHANGES_REQUESTED" }],
    releases: [{ id: 1, tag: "v1.0.0" }],
  };
}
