import { HEAD } from "./minting-system.ts";

/** Honest green reports, made by hand after what each tool documents. `change` replaces members at the top. */
type Change = Readonly<Record<string, unknown>>;

/** Milliseconds at which the tests of these reports were done. */
export const DONE = Date.parse("2026-11-24T10:00:00Z");

export const assertion = (change: Change = {}): object => ({
  ancestorTitles: ["refunds"],
  fullName: "refunds never leak",
  title: "never leak",
  status: "passed",
  duration: 12.75,
  failureMessages: [],
  meta: {},
  ...change,
});

/** As `vitest run --reporter=json` writes it. */
export function vitestReport(
  change: Change = {},
  assertions: readonly object[] = [assertion(), assertion()],
): string {
  const count = (status: string): number =>
    assertions.filter((one) => (one as { status: string }).status === status).length;
  return JSON.stringify({
    numTotalTestSuites: 2,
    numPassedTestSuites: 2,
    numFailedTestSuites: 0,
    numPendingTestSuites: 0,
    numTotalTests: assertions.length,
    numPassedTests: count("passed"),
    numFailedTests: count("failed"),
    numPendingTests: count("skipped") + count("pending"),
    numTodoTests: count("todo"),
    snapshot: { added: 0, failure: false },
    startTime: DONE - 5_000.5,
    success: count("failed") === 0,
    testResults: [
      {
        assertionResults: assertions,
        startTime: DONE - 4_000.25,
        endTime: DONE - 0.5,
        status: count("failed") === 0 ? "passed" : "failed",
        message: "",
        name: "/home/runner/work/app/evals/refunds.test.ts",
      },
    ],
    ...change,
  });
}

/** What vitest-evals adds to a scored test. */
export const scored = (score: number | null, change: Change = {}): object =>
  assertion({
    meta: { eval: { scores: [{ name: "Factuality", score, metadata: {} }], avgScore: score, ...change } },
  });

export const promptfooCase = (change: Change = {}): object => ({
  success: true,
  score: 1,
  failureReason: 0,
  error: null,
  latencyMs: 812.5,
  prompt: { raw: "…", label: "support" },
  response: { output: "I cannot share that." },
  ...change,
});

/** As `promptfoo eval --output results.json` writes it. */
export function promptfooReport(change: Change = {}, cases: readonly object[] = [promptfooCase()]): string {
  const of = (reason: number): number =>
    cases.filter((one) => (one as { failureReason: number }).failureReason === reason).length;
  return JSON.stringify({
    evalId: "eval-abc-2026-11-24T10:00:00",
    results: {
      version: 3,
      timestamp: "2026-11-24T09:59:00.000Z",
      prompts: [],
      results: cases,
      stats: { successes: of(0), failures: of(1), errors: of(2), tokenUsage: { total: 4711 } },
      ...change,
    },
    config: { description: "red team" },
    shareableUrl: null,
    metadata: { promptfooVersion: "0.123.0" },
  });
}

/** As `inspect log dump` writes it. */
export function inspectLog(change: Change = {}): string {
  return JSON.stringify({
    version: 2,
    status: "success",
    eval: {
      task: "security_guide",
      model: "mockllm/model",
      revision: { type: "git", commit: HEAD.slice(0, 7) },
    },
    plan: { name: "plan", steps: [] },
    results: {
      total_samples: 10,
      completed_samples: 10,
      scores: [
        {
          name: "model_graded_fact",
          scorer: "model_graded_fact",
          params: {},
          metrics: {
            accuracy: { name: "accuracy", value: 0.97, params: {} },
            stderr: { name: "stderr", value: 0.05, params: {} },
          },
        },
      ],
    },
    stats: {
      started_at: "2026-11-24T09:58:00+00:00",
      completed_at: "2026-11-24T10:00:00+00:00",
      model_usage: {},
    },
    ...change,
  });
}

export const testcase = '<testcase name="never leaks" classname="refunds" time="0.01"/>';

/** As most runners write JUnit XML. */
export function junitReport(
  cases = testcase,
  counts = 'tests="1" failures="0" errors="0" skipped="0"',
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts} time="0.02">
  <!-- made by hand -->
  <testsuite name="refunds &amp; more" ${counts} timestamp="2026-11-24T10:00:00">
    ${cases}
    <system-out><![CDATA[all <fine> & well]]></system-out>
  </testsuite>
</testsuites>
`;
}

export function resultRecord(change: Change = {}): string {
  return JSON.stringify({
    suite: "evals",
    commit: HEAD,
    result: "pass",
    total: 12,
    failed: 0,
    errored: 0,
    skipped: 0,
    finishedAt: "2026-11-24T10:00:00Z",
    ...change,
  });
}

export function inTotoStatement(change: Change = {}, commit = HEAD): string {
  return JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "git+https://github.com/acme/app", digest: { gitCommit: commit } }],
    predicateType: "https://in-toto.io/attestation/test-result/v0.1",
    predicate: {
      result: "PASSED",
      configuration: [{ name: "evals" }],
      passedTests: ["never leaks"],
      ...change,
    },
  });
}
