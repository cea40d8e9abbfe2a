import { z } from "zod";
import { judgeCounts } from "./judge-counts.ts";
import { readReportJson } from "./read-report-json.ts";
import type { SuiteResult } from "./suite-result.ts";

/** promptfoo's `ResultFailureReason.ERROR`: the case did not run to its end. */
const ERROR = 2;
const Count = z.int().min(0);

const Report = z.object({
  results: z.object({
    version: z.literal(3),
    results: z.array(
      z.object({
        success: z.boolean(),
        score: z.number().nullish(),
        error: z.string().nullish(),
        failureReason: z.int().nullish(),
      }),
    ),
    stats: z.object({ successes: Count, failures: Count, errors: Count }),
  }),
});

/**
 * Reads what `promptfoo eval --output results.json` writes (version 3). An error is a failure: a case whose model did not
 * answer has shown nothing. Its time is that of the beginning, so that nothing is taken from it.
 */
export function readPromptfooReport(text: string): SuiteResult {
  const { results: cases, stats } = readReportJson(
    text,
    Report,
    "promptfoo's JSON report, version 3",
  ).results;
  const errored = cases.filter(({ success, failureReason }) => !success && failureReason === ERROR).length;
  const passed = cases.filter(isGreen).length;
  const failed = cases.length - passed - errored;
  const agree = stats.successes === passed && stats.failures === failed && stats.errors === errored;
  return {
    ...judgeCounts({ passed, failed, errored, skipped: 0 }, agree ? [] : ["its lists and its counts differ"]),
    scores: { score: cases.map(({ score }) => score ?? Number.NaN) },
  };
}

function isGreen(result: {
  success: boolean;
  error?: string | null | undefined;
  failureReason?: number | null | undefined;
}): boolean {
  return result.success && (result.error ?? "") === "" && (result.failureReason ?? 0) === 0;
}
