import { z } from "zod";
import { judgeCounts } from "./judge-counts.ts";
import { readReportJson } from "./read-report-json.ts";
import { scoresByName } from "./scores-by-name.ts";
import type { SuiteResult } from "./suite-result.ts";

const Count = z.int().min(0);
const Score = z.number().min(-1_000_000).max(1_000_000).nullable();

/** What vitest-evals writes beside a test that was scored. */
const Eval = z.object({
  avgScore: Score.optional(),
  thresholdFailed: z.boolean().optional(),
  scores: z.array(z.object({ name: z.string().max(255).optional(), score: Score.optional() })).optional(),
});

const Report = z.object({
  success: z.boolean(),
  numTotalTests: Count,
  numPassedTests: Count,
  numFailedTests: Count,
  numPendingTests: Count,
  numFailedTestSuites: Count,
  /** Of Jest, whose format vitest writes. */
  wasInterrupted: z.boolean().optional(),
  testResults: z.array(
    z.object({
      status: z.string(),
      endTime: z.number().min(0).max(8.64e15).optional(),
      assertionResults: z.array(
        z.object({ status: z.string(), meta: z.object({ eval: Eval.optional() }).optional() }),
      ),
    }),
  ),
});
type Assertion = z.output<typeof Report>["testResults"][number]["assertionResults"][number];

const NOT_RUN: ReadonlySet<string> = new Set(["skipped", "pending", "disabled"]);

/**
 * Reads vitest's JSON reporter (Jest's format), with what vitest-evals adds. A `todo` is no test yet; anything else that
 * did not run is red, for `.only` and `-t` leave their traces only there. A scored test without its score is red.
 */
export function readVitestReport(text: string): SuiteResult {
  const report = readReportJson(text, Report, "vitest's JSON report");
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (ends: (status: string) => boolean): number =>
    tests.filter(({ status }) => ends(status)).length;
  const passed = count((status) => status === "passed");
  const failed = count((status) => status === "failed");
  const skipped = count((status) => NOT_RUN.has(status));
  const todo = count((status) => status === "todo");
  const unknown = tests.length - passed - failed - skipped - todo;
  const evals = tests.flatMap(({ meta }) => meta?.eval ?? []);
  const problems = [
    ...(report.success ? [] : ["the run says it did not succeed"]),
    ...(report.wasInterrupted === true ? ["the run was interrupted"] : []),
    ...(report.numFailedTestSuites > 0 || report.testResults.some(({ status }) => status !== "passed")
      ? ["a file failed"]
      : []),
    ...(unknown > 0 ? [`${unknown} tests ended in a way that is not known here`] : []),
    // Cut short or put together from two: what is listed is not what is counted.
    ...(tests.length === report.numTotalTests &&
    passed === report.numPassedTests &&
    failed === report.numFailedTests &&
    skipped === report.numPendingTests
      ? []
      : ["its lists and its counts differ"]),
    ...(evals.some(({ thresholdFailed }) => thresholdFailed === true)
      ? ["a score is below its threshold"]
      : []),
    ...(tests.some(lacksScore) ? ["a scored test has no score"] : []),
  ];
  const ends = report.testResults.flatMap(({ endTime }) => endTime ?? []);
  return {
    ...judgeCounts({ passed, failed, errored: 0, skipped }, problems),
    scores: scoresByName(scoresOf(tests)),
    ...(ends.length === 0 ? {} : { finishedAt: Math.floor(Math.max(...ends) / 1_000) }),
  };
}

function lacksScore({ meta }: Assertion): boolean {
  const scored = meta?.eval;
  if (scored === undefined) return false;
  return (
    typeof scored.avgScore !== "number" ||
    (scored.scores ?? []).some(({ score }) => typeof score !== "number")
  );
}

/** The mean of each scored test is its `score`; each scorer's value stands under the scorer's name. */
function* scoresOf(tests: readonly Assertion[]): Generator<readonly [string, number]> {
  for (const { meta } of tests) {
    const { avgScore, scores = [] } = meta?.eval ?? {};
    if (typeof avgScore === "number") yield ["score", avgScore];
    for (const { name, score } of scores)
      if (name !== undefined && typeof score === "number") yield [name, score];
  }
}
