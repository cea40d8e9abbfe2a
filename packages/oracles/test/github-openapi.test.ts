import { github } from "@watchword/adapter-github";
import { type Operation, SealedCredential } from "@watchword/core";
import { githubTwin, githubTwinRoutes } from "@watchword/emulators/github";
import { beforeAll, describe, expect, test } from "vitest";
import { GithubReference } from "./github-reference.ts";
import { FEATURE, MAIN } from "./github-oracle.ts";

const ACME = { login: "acme", id: 9 };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
const STAMP = { decisionId: "dec_1", idempotencyKey: "k" };
const OPERATIONS: readonly Operation[] = Object.values(github({ appId: 7 }).catalogue.operations);
const DEPLOY = "on:\n  workflow_dispatch:\n    inputs:\n      target:\n        type: string\n";
/** Arguments where the catalogue's example names something that is not there, or leaves the commit to the broker. */
const LIVE: Readonly<Record<string, object>> = {
  "branches.create": { sha: MAIN },
  "checks.create": { commit: MAIN },
  "checks.list": { commit: MAIN },
  "commits.get": { commit: MAIN },
  "contents.delete": { sha: "ce013625030ba8dba906f756967f9e9ca394464a" },
  "pull_requests.merge": { sha: FEATURE },
  "pull_requests.review": { sha: FEATURE },
  "releases.create": { sha: MAIN },
  "statuses.create": { commit: MAIN },
  "statuses.get": { commit: MAIN },
};

let reference: GithubReference;
beforeAll(() => {
  reference = new GithubReference();
});

/** What the adapter sends for an operation, and what the twin answers. */
async function exchange({ name, example }: Operation) {
  await using twin = await githubTwin({
    apps: [],
    installations: [],
    repositories: [
      {
        id: 123,
        name: "app",
        owner: ACME,
        branches: {
          main: {
            commit: MAIN,
            files: { "docs/a.md": "hello\n", ".github/workflows/deploy.yml": DEPLOY },
          },
          feature: { commit: FEATURE, files: { "docs/a.md": "hello\n", "docs/b.md": "more\n" } },
          old: {},
        },
        pulls: [{ number: 7, head: "feature" }],
        issues: [{ number: 3, title: "A page is missing", labels: ["bug"] }],
        reviews: [{ id: 80, pull: 7, state: "APPROVED" }],
        releases: [{ id: 1, tag: "v1.0.0" }],
      },
    ],
  });
  const adapter = github({ appId: 7, baseUrl: twin.url });
  const authority = adapter.plan({
    system: "code",
    operation: name,
    resource: { repository: "acme/app" },
    arguments: { ...example, ...LIVE[name], repositoryId: "123" },
  });
  const { permissions } = authority.native as { permissions: Record<string, "read" | "write"> };
  const token = new SealedCredential(twin.jobToken("acme/app", permissions));
  const { method, url, headers, body } = adapter.inject(adapter.enforce(authority, BLANK, STAMP), token);
  const sent = new URL(url);
  const text = body === undefined ? undefined : new TextDecoder().decode(body);
  const response = await fetch(url, { method, headers, ...(text === undefined ? {} : { body: text }) });
  const answer = await response.text();
  return {
    method,
    path: decodeURIComponent(sent.pathname),
    query: [...sent.searchParams.keys()],
    body: text === undefined ? undefined : (JSON.parse(text) as unknown),
    status: response.status,
    answer: answer === "" ? undefined : (JSON.parse(answer) as unknown),
  };
}

describe("GitHub's own description", () => {
  test("has every endpoint of the twin", () => {
    expect(githubTwinRoutes.length).toBeGreaterThan(35);
    expect(githubTwinRoutes.filter((route) => reference.endpoint(route) === undefined)).toEqual([]);
  });

  test.for(OPERATIONS)("has what the adapter sends for $name, and what the twin answers", async (entry) => {
    const { method, path, query, body, status, answer } = await exchange(entry);
    const described = reference.operation(method, path);
    expect(described, `${method} ${path}`).toBeDefined();
    if (described === undefined) return;
    expect(described["x-github"].enabledForGitHubApps).toBe(true);
    expect(query.filter((name) => !reference.queryOf(described).includes(name))).toEqual([]);
    const wanted = reference.bodyOf(described);
    expect(body === undefined ? [] : reference.problems(body, wanted ?? { type: "string" })).toEqual([]);
    const known = reference.answerOf(described, status);
    expect(known, `${status} ${JSON.stringify(answer)}`).toBeDefined();
    expect(status).toBeLessThan(300);
    if (known?.schema === undefined) expect(answer).toBeUndefined();
    else expect(reference.problems(answer, known.schema)).toEqual([]);
  });
});
