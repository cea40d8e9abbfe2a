import { describe, expect, test } from "vitest";
import { GENUINE, NOW, SCANNER, evidenceFixture } from "./evidence-fixture.ts";
import { FEATURE, MAIN } from "./github-fixture.ts";

/** GitHub, but what it answers about some path reads otherwise. */
const rewriting =
  (path: RegExp, rewrite: (text: string) => string): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    if (!path.test(new URL(new Request(input).url).pathname)) return response;
    return new Response(rewrite(await response.text()), response);
  };

const HERE = { repository: "acme/app" };
const RUNS = /\/actions\/runs$/;
const JOBS = /\/jobs$/;
const CHECKS = /\/check-runs$/;

/** An answer with other values in its first (and here only) member of a list. */
const withFirst =
  (list: string, change: (member: Record<string, unknown>) => object) =>
  (text: string): string => {
    const body = JSON.parse(text) as Record<string, Record<string, unknown>[]>;
    const [first = {}, ...rest] = body[list] ?? [];
    return JSON.stringify({ ...body, [list]: [{ ...first, ...change(first) }, ...rest] });
  };
const idOf = (value: unknown, id: number): object => ({ ...(value as object), id });

describe("a green answer to another question counts for nothing", () => {
  const cases: readonly { name: string; through: typeof fetch; why: RegExp }[] = [
    {
      name: "a run in another repository",
      through: rewriting(
        RUNS,
        withFirst("workflow_runs", (run) => ({ repository: idOf(run["repository"], 124) })),
      ),
      why: /another repository/,
    },
    {
      name: "a run of another owner",
      through: rewriting(
        RUNS,
        withFirst("workflow_runs", (run) => ({
          repository: { ...(run["repository"] as object), owner: { id: 10 } },
        })),
      ),
      why: /another owner/,
    },
    {
      name: "a run whose repository has no owner",
      through: rewriting(
        RUNS,
        withFirst("workflow_runs", (run) => ({
          repository: { ...(run["repository"] as object), owner: null },
        })),
      ),
      why: /another owner/,
    },
    {
      name: "a run about another commit",
      through: rewriting(
        RUNS,
        withFirst("workflow_runs", () => ({ head_sha: MAIN })),
      ),
      why: /another commit/,
    },
    {
      name: "a run of another suite",
      through: rewriting(
        RUNS,
        withFirst("workflow_runs", () => ({ check_suite_id: 801 })),
      ),
      why: /no workflow run/,
    },
    {
      name: "a run for a pull request into another repository's branch of that name",
      through: rewriting(
        RUNS,
        withFirst("workflow_runs", () => ({
          pull_requests: [{ number: 7, base: { ref: "main", repo: { id: 999 } } }],
        })),
      ),
      why: /declared ref/,
    },
    {
      name: "a run for one pull request into the ref and one into another",
      through: rewriting(
        RUNS,
        withFirst("workflow_runs", () => ({
          pull_requests: [
            { number: 7, base: { ref: "main", repo: { id: 123 } } },
            { number: 8, base: { ref: "old", repo: { id: 123 } } },
          ],
        })),
      ),
      why: /declared ref/,
    },
    {
      name: "a job of another run",
      through: rewriting(
        JOBS,
        withFirst("jobs", () => ({ run_id: 901 })),
      ),
      why: /no check of the name is a job/,
    },
    {
      name: "a job about another commit",
      through: rewriting(
        JOBS,
        withFirst("jobs", () => ({ head_sha: MAIN })),
      ),
      why: /no check of the name is a job/,
    },
    {
      name: "a job of another name",
      through: rewriting(
        JOBS,
        withFirst("jobs", () => ({ name: "lint" })),
      ),
      why: /no check of the name is a job/,
    },
    {
      name: "a check about another commit",
      through: rewriting(
        CHECKS,
        withFirst("check_runs", () => ({ head_sha: MAIN })),
      ),
      why: /no check of the name/,
    },
    {
      name: "a check of no App",
      through: rewriting(
        CHECKS,
        withFirst("check_runs", () => ({ app: null })),
      ),
      why: /no check of the name/,
    },
  ];
  test.for(cases)("$name", async ({ through, why }) => {
    await using fixture = await evidenceFixture({ runs: [GENUINE] });
    expect(await fixture.read()).toMatchObject({ state: "pass" });
    const reading = await fixture.read(FEATURE, HERE, through);
    expect(reading).toMatchObject({ state: "missing", finishedAt: null });
    expect(reading.detail).toMatch(why);
  });

  test("an App's check about another commit", async () => {
    const scan = { name: "scan", headSha: FEATURE, appId: 555, conclusion: "success" } as const;
    await using fixture = await evidenceFixture({ checks: [scan] }, SCANNER);
    const elsewhere = rewriting(
      CHECKS,
      withFirst("check_runs", () => ({ head_sha: MAIN })),
    );
    expect(await fixture.read(FEATURE, HERE, elsewhere)).toMatchObject({ state: "missing" });
  });
});

test("of several green jobs the oldest says how old the evidence is", async () => {
  const second = {
    ...GENUINE,
    id: 901,
    checkSuiteId: 801,
    jobs: [{ id: 701, name: "evals", conclusion: "success" as const }],
  };
  await using fixture = await evidenceFixture({ runs: [GENUINE, second] });
  const aged = rewriting(/\/actions\/runs\/901\/jobs$/, (text) => {
    const at = new Date((NOW - 5_000) * 1_000).toISOString();
    return withFirst("jobs", () => ({ completed_at: at }))(text);
  });
  expect(await fixture.read(FEATURE, HERE, aged)).toMatchObject({ state: "pass", finishedAt: NOW - 5_000 });
});

test("a job that says no time of its end is not green", async () => {
  await using fixture = await evidenceFixture({ runs: [GENUINE] });
  const timeless = rewriting(
    JOBS,
    withFirst("jobs", () => ({ completed_at: null })),
  );
  expect(await fixture.read(FEATURE, HERE, timeless)).toMatchObject({ state: "fail", finishedAt: null });
});
