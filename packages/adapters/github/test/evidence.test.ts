import { Refusal } from "@watchword/core";
import { ACTIONS_APP_ID, type Conclusion, type WorkflowRunSeed } from "@watchword/emulators/github";
import { describe, expect, test } from "vitest";
import { EVALS, GENUINE, NOW, SCANNER, evidenceFixture } from "./evidence-fixture.ts";
import { FEATURE, MAIN } from "./github-fixture.ts";

describe("evidence by a declared workflow", () => {
  test("its finished green job about the commit passes, with the time it was reached", async () => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    expect(await fixture.read()).toEqual({
      state: "pass",
      finishedAt: NOW,
      detail: "job 700 of run 900, attempt 1",
    });
  });

  test("a path with its ref behind it is the same path", async () => {
    await using fixture = await evidenceFixture({ runs: [{ ...GENUINE, path: `${GENUINE.path}@main` }] });
    expect(await fixture.read()).toMatchObject({ state: "pass" });
  });

  test("a run of another event counts by the branch that it ran on", async () => {
    const dispatched = { ...GENUINE, event: "workflow_dispatch", pullRequests: [] };
    await using onMain = await evidenceFixture({ runs: [{ ...dispatched, headBranch: "main" }] });
    expect(await onMain.read()).toMatchObject({ state: "pass" });
    await using onFeature = await evidenceFixture({ runs: [dispatched] });
    expect(await onFeature.read()).toMatchObject({ state: "missing" });
  });

  const foreign: readonly { name: string; run: Partial<WorkflowRunSeed>; why: RegExp }[] = [
    { name: "another workflow file", run: { path: ".github/workflows/agent.yml" }, why: /another workflow/ },
    {
      name: "a file of a similar name",
      run: { path: "x/.github/workflows/evals.yml" },
      why: /another workflow/,
    },
    {
      name: "an undeclared event (pull_request)",
      run: { event: "pull_request" },
      why: /started by pull_request/,
    },
    {
      name: "a fork's commit",
      run: { headRepository: { id: 999, fullName: "mallory/app" } },
      why: /fork's commit/,
    },
    {
      name: "a pull request into another branch",
      run: { pullRequests: [{ number: 7, baseRef: "old" }] },
      why: /declared ref/,
    },
    { name: "no pull request at all", run: { pullRequests: [] }, why: /declared ref/ },
  ];
  test.for(foreign)("$name does not count, however green", async ({ run, why }) => {
    await using fixture = await evidenceFixture({ runs: [{ ...GENUINE, ...run }] });
    const reading = await fixture.read();
    expect(reading).toMatchObject({ state: "missing", finishedAt: null, absent: true });
    expect(reading.detail).toMatch(why);
  });

  test("a result about another commit says nothing about this one", async () => {
    await using fixture = await evidenceFixture({ runs: [{ ...GENUINE, headSha: MAIN }] });
    expect(await fixture.read()).toMatchObject({ state: "missing" });
  });

  test("on a branch that anybody may write, no workflow's text is anybody's word", async () => {
    await using fixture = await evidenceFixture({
      runs: [GENUINE],
      branches: { main: { commit: MAIN }, feature: { commit: FEATURE } },
    });
    expect(await fixture.read()).toMatchObject({
      state: "missing",
      detail: expect.stringMatching(/not protected/),
    });
    expect(await fixture.read()).not.toHaveProperty("absent");
  });

  test("without any check there is nothing", async () => {
    await using fixture = await evidenceFixture({});
    expect(await fixture.read()).toMatchObject({ state: "missing", absent: true });
  });

  test("an unfinished job is pending, and green once it has finished", async () => {
    const { conclusion: _, ...unfinished } = GENUINE;
    await using fixture = await evidenceFixture({ runs: [{ ...unfinished, jobs: [{ name: "evals" }] }] });
    expect(await fixture.read()).toMatchObject({ state: "pending", finishedAt: null });
    fixture.twin.finishRun("acme/app", 900, "success");
    expect(await fixture.read()).toMatchObject({ state: "pass" });
  });

  const red: readonly Conclusion[] = [
    "failure",
    "neutral",
    "skipped",
    "cancelled",
    "timed_out",
    "action_required",
  ];
  test.for(red)("%s is not green", async (conclusion) => {
    await using fixture = await evidenceFixture({
      runs: [{ ...GENUINE, jobs: [{ name: "evals", conclusion }] }],
    });
    expect(await fixture.read()).toMatchObject({ state: "fail", finishedAt: NOW });
  });

  test("of one run only the latest attempt counts, in both directions", async () => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    fixture.twin.rerun("acme/app", 900);
    expect(await fixture.read()).toMatchObject({ state: "pending" });
    fixture.twin.finishRun("acme/app", 900, "failure");
    expect(await fixture.read()).toMatchObject({ state: "fail" });
    fixture.twin.rerun("acme/app", 900);
    fixture.twin.finishRun("acme/app", 900, "success");
    expect(await fixture.read()).toMatchObject({ state: "pass", detail: expect.stringMatching(/attempt 3/) });
  });

  test("of two genuine runs about the commit both must be green", async () => {
    const second = { ...GENUINE, id: 901, checkSuiteId: 801, jobs: [{ id: 701, name: "evals" }] };
    await using fixture = await evidenceFixture({ runs: [GENUINE, second] });
    expect(await fixture.read()).toMatchObject({ state: "pending" });
    fixture.twin.finishRun("acme/app", 901, "failure");
    expect(await fixture.read()).toMatchObject({ state: "fail" });
  });

  test("more suites than can be looked at are no evidence", async () => {
    const runs = Array.from({ length: 12 }, (_, index) => ({
      ...GENUINE,
      id: 900 + index,
      checkSuiteId: 800 + index,
      jobs: [{ id: 700 + index, name: "evals", conclusion: "success" as const }],
    }));
    await using fixture = await evidenceFixture({ runs });
    expect(await fixture.read()).toMatchObject({
      state: "missing",
      detail: expect.stringMatching(/more suites/),
    });
  });
});

test("where one run has more jobs than can be looked at, another's green job does not speak for it", async () => {
  const many = Array.from({ length: 101 }, (_, index) => ({ name: `part ${index}` }));
  const wide = { ...GENUINE, id: 901, checkSuiteId: 801, jobs: [...many, { name: "evals" }] };
  await using fixture = await evidenceFixture({ runs: [GENUINE, wide] });
  const reading = await fixture.read();
  expect(reading).toMatchObject({ state: "missing", detail: expect.stringMatching(/too many jobs/) });
  // Nor does it leave a posted result alone: what nobody looked at may be newer and red.
  expect(reading).not.toHaveProperty("absent");
});

describe("a check that the agent's own workflow posts", () => {
  /** What a job with `checks: write` can do, and the agent writes jobs. */
  async function forge(url: string, token: string, name = "evals"): Promise<number> {
    const response = await fetch(`${url}/repos/acme/app/check-runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name, head_sha: FEATURE, status: "completed", conclusion: "success" }),
    });
    return response.status;
  }

  test("lands in the genuine suite and does not make the genuine job's failure green", async () => {
    const failed = { ...GENUINE, jobs: [{ name: "evals", conclusion: "failure" as const }] };
    await using fixture = await evidenceFixture({ runs: [failed] });
    const token = fixture.twin.jobToken("acme/app", { checks: "write" });
    expect(await forge(fixture.twin.url, token)).toBe(201);
    const suites = fixture.twin.checks("acme/app").map((check) => [check.appId, check.suiteId]);
    expect(suites).toEqual([
      [ACTIONS_APP_ID, 800],
      [ACTIONS_APP_ID, 800],
    ]);
    expect(await fixture.read()).toMatchObject({ state: "fail", finishedAt: NOW });
  });

  test("does not hide a genuine red run behind another genuine green one", async () => {
    const failed = { ...GENUINE, jobs: [{ id: 700, name: "evals", conclusion: "failure" as const }] };
    const green = {
      ...GENUINE,
      id: 901,
      checkSuiteId: 801,
      jobs: [{ id: 701, name: "evals", conclusion: "success" as const }],
    };
    await using fixture = await evidenceFixture({ runs: [failed, green] });
    expect(await forge(fixture.twin.url, fixture.twin.jobToken("acme/app", { checks: "write" }))).toBe(201);
    expect(await fixture.read()).toMatchObject({ state: "fail" });
  });

  test("does not take the genuine job's success away either", async () => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    expect(await forge(fixture.twin.url, fixture.twin.jobToken("acme/app", { checks: "write" }))).toBe(201);
    expect(await fixture.read()).toMatchObject({ state: "pass" });
  });

  test("as the check of a job that Actions saw fail is a contradiction, which is red", async () => {
    const failed = { ...GENUINE, jobs: [{ id: 700, name: "evals", conclusion: "failure" as const }] };
    await using fixture = await evidenceFixture({ runs: [failed] });
    const overwritten: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!new Request(input).url.includes("/check-runs")) return response;
      return new Response((await response.text()).replaceAll('"failure"', '"success"'), response);
    };
    const reading = await fixture.read(FEATURE, { repository: "acme/app" }, overwritten);
    expect(reading).toMatchObject({ state: "fail", detail: expect.stringMatching(/contradicts/) });
  });

  test("is missing, not green, while the genuine run has no such job yet", async () => {
    const { conclusion: _, ...unfinished } = GENUINE;
    await using fixture = await evidenceFixture({ runs: [{ ...unfinished, jobs: [{ name: "build" }] }] });
    expect(await forge(fixture.twin.url, fixture.twin.jobToken("acme/app", { checks: "write" }))).toBe(201);
    expect(await fixture.read()).toMatchObject({
      state: "missing",
      detail: expect.stringMatching(/0 of them count: no check of the name is a job of run 900/),
    });
  });

  test("is missing in a suite that no workflow run stands behind", async () => {
    await using fixture = await evidenceFixture({});
    expect(await forge(fixture.twin.url, fixture.twin.jobToken("acme/app", { checks: "write" }))).toBe(201);
    expect(await fixture.read()).toMatchObject({
      state: "missing",
      detail: expect.stringMatching(/no workflow run/),
    });
  });

  test("does not count for an App's source, not even one that names the Actions App", async () => {
    const actions = { ...SCANNER, check: "evals", app: String(ACTIONS_APP_ID) };
    await using fixture = await evidenceFixture({}, actions);
    expect(await forge(fixture.twin.url, fixture.twin.jobToken("acme/app", { checks: "write" }))).toBe(201);
    expect(await fixture.read()).toMatchObject({ state: "missing" });
  });
});

describe("evidence by an App of its own", () => {
  const scan = { name: "scan", headSha: FEATURE, appId: 555, conclusion: "success" } as const;

  test("its finished green check about the commit passes", async () => {
    await using fixture = await evidenceFixture({ checks: [scan] }, SCANNER);
    expect(await fixture.read()).toMatchObject({ state: "pass", finishedAt: NOW });
  });

  test.for([
    { name: "another App's check of the same name", check: { ...scan, appId: 556 }, state: "missing" },
    { name: "another name", check: { ...scan, name: "scan2" }, state: "missing" },
    { name: "another commit", check: { ...scan, headSha: MAIN }, state: "missing" },
    { name: "neutral", check: { ...scan, conclusion: "neutral" as const }, state: "fail" },
    {
      name: "unfinished",
      check: { name: "scan", headSha: FEATURE, appId: 555, status: "queued" as const },
      state: "pending",
    },
  ])("$name: $state", async ({ check, state }) => {
    await using fixture = await evidenceFixture({ checks: [check] }, SCANNER);
    expect((await fixture.read()).state).toBe(state);
  });
});

describe("an answer that ignores what was asked for", () => {
  const unfiltered: typeof fetch = (input, init) => {
    const url = new URL(new Request(input).url);
    for (const name of ["check_name", "app_id"]) url.searchParams.delete(name);
    if (url.pathname.endsWith("/jobs")) url.searchParams.set("filter", "all");
    return fetch(url, init);
  };
  const here = { repository: "acme/app" };

  test("does not make another App's check, or another name, count", async () => {
    for (const other of [
      { name: "scan", headSha: FEATURE, appId: 556, conclusion: "success" },
      { name: "scan2", headSha: FEATURE, appId: 555, conclusion: "success" },
    ] as const) {
      await using fixture = await evidenceFixture({ checks: [other] }, SCANNER);
      expect(await fixture.read(FEATURE, here, unfiltered)).toMatchObject({ state: "missing" });
    }
  });

  test("does not make an earlier attempt count", async () => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    fixture.twin.rerun("acme/app", 900);
    fixture.twin.finishRun("acme/app", 900, "failure");
    fixture.twin.rerun("acme/app", 900);
    fixture.twin.finishRun("acme/app", 900, "success");
    expect(await fixture.read(FEATURE, here, unfiltered)).toMatchObject({ state: "pass" });
  });
});

describe("whose repository", () => {
  test("a repository of another id or owner is foreign, whatever its name", async () => {
    for (const source of [
      { ...EVALS, repositoryId: "124" },
      { ...EVALS, ownerId: "8" },
    ]) {
      await using fixture = await evidenceFixture({ runs: [GENUINE] }, source);
      expect(await fixture.read()).toMatchObject({
        state: "missing",
        detail: expect.stringMatching(/foreign/),
      });
    }
  });

  test("another tenant's repository is not even asked about", async () => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    await expect(fixture.read(FEATURE, { repository: "globex/app" })).rejects.toThrow(/tenant_mismatch/);
    expect(fixture.twin.requests).toEqual([]);
  });

  test("a short commit id is nobody's", async () => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    expect(await fixture.read("fffffff")).toMatchObject({ state: "missing" });
  });
});

describe("the look-up itself", () => {
  test("uses a read-only token of one repository and leaves none behind", async () => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    const before = fixture.twin.tokens().length;
    await fixture.read();
    expect(fixture.twin.tokens()).toHaveLength(before);
    expect(new Set(fixture.twin.requests.map((request) => request.kind))).toEqual(new Set(["resolve"]));
    expect(fixture.twin.requests.at(-1)).toMatchObject({ method: "DELETE", path: "/installation/token" });
  });

  test.for(["down", "slow", "garbage", "500", "redirect"] as const)("GitHub is %s: red", async (mode) => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    fixture.twin.fail(mode);
    const refusal: unknown = await fixture.read().catch((error: unknown) => error);
    expect(Refusal.is(refusal) && refusal.reason).toMatch(/^downstream_(?:unavailable|refused)$/);
  });
});
