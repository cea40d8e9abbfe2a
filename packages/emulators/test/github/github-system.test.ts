import { type Adapter, type Connection, systemClock } from "@watchword/core";
import { type CheckChange, githubSystem } from "@watchword/emulators/github";
import { expect, test } from "vitest";

const WORLD = { clock: systemClock, name: "code" };
const factory = ({ appId, baseUrl }: { appId: number; baseUrl: string }): Adapter =>
  ({ name: "github", origins: [baseUrl, String(appId)] }) as unknown as Adapter;
const start = githubSystem(factory);
const keyOf = ({ secret }: Connection): string => secret.open((key) => key);
const HEAD = "f".repeat(40);
const SOURCE = { issuer: "github-actions", workflow: ".github/workflows/evals.yml", ref: "refs/heads/main" };
const change = (condition: string, source: CheckChange["source"] = SOURCE): CheckChange => ({
  source,
  check: "evals",
  commit: HEAD,
  condition,
});

test("two tenants have an app each, and the tenant a neighbour of it; the App's key is made once", async () => {
  await using one = await start(WORLD);
  await using other = await start(WORLD);
  expect(one.adapter.origins).toEqual([one.twin.url, "7"]);
  expect(keyOf(one.own)).toBe(keyOf(other.own));
  expect(one.own).toMatchObject({ tenant: "acme", account: "acme", settings: { installation: "42" } });
  expect(one.other).toMatchObject({ tenant: "globex", settings: { installation: "43" } });
  for (const { repository } of [one.resource.own, one.resource.other, one.neighbour])
    expect(one.twin.head(repository ?? "", "main"), repository).toBe("a".repeat(40));
});

test("names and ids are the policy's to choose", async () => {
  const tenants = { own: "blue", other: "red" };
  const app = { branches: { main: {}, feature: { files: { "a.md": "a\n" } } } };
  await using system = await githubSystem(factory, { tenants, repositoryId: 7_001, ownerId: 77, app })(WORLD);
  expect(system.resource).toEqual({ own: { repository: "blue/app" }, other: { repository: "red/app" } });
  expect(system.twin.file("blue/app", "feature", "a.md")).toBe("a\n");
  const headers = { authorization: `Bearer ${system.twin.jobToken("blue/app", { contents: "read" })}` };
  const found = await fetch(`${system.twin.url}/repos/blue/app`, { headers });
  expect(await found.json()).toMatchObject({ id: 7_001, owner: { id: 77 } });
});

test("the run of a workflow is genuine in everything but what its state is about", async () => {
  const genuine = {
    path: SOURCE.workflow,
    event: "pull_request_target",
    head_sha: HEAD,
    head_branch: "feature",
    status: "completed",
    conclusion: "success",
  };
  for (const [condition, differs] of [
    ["green", {}],
    ["red", { conclusion: "failure" }],
    ["pending", { status: "in_progress", conclusion: null }],
    ["empty", {}],
    ["unsigned", { event: "pull_request" }],
    ["own-workflow", { path: ".github/workflows/own.yml" }],
    ["other-commit", { head_sha: "a".repeat(40) }],
  ] as const) {
    await using system = await start(WORLD);
    system.evidence(change(condition));
    const headers = { authorization: `Bearer ${system.twin.jobToken("acme/app", { actions: "read" })}` };
    const answer = await fetch(`${system.twin.url}/repos/acme/app/actions/runs`, { headers });
    const { workflow_runs: runs } = (await answer.json()) as { workflow_runs: object[] };
    expect(runs, condition).toEqual([expect.objectContaining({ ...genuine, ...differs })]);
    expect(system.twin.checks("acme/app"), condition).toHaveLength(condition === "empty" ? 0 : 1);
  }
});

test("a source that is no workflow is nothing that it could stand for", async () => {
  await using system = await start(WORLD);
  expect(() => system.evidence(change("green", { issuer: "github-app" }))).toThrow(
    "give the system an evidence() of your own",
  );
});
