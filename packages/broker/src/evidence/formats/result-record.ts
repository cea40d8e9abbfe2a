import { z } from "zod";
import { judgeCounts } from "./judge-counts.ts";
import { readReportJson } from "./read-report-json.ts";
import { secondsOf } from "./seconds-of.ts";
import type { SuiteResult } from "./suite-result.ts";
import { unreadable } from "./unreadable.ts";

const Count = z.int().min(0);
const Score = z.number().min(-1_000_000).max(1_000_000);

/** Strict: whoever writes it writes it for us. */
const Record = z.strictObject({
  suite: z.string().min(1).max(255),
  commit: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  result: z.enum(["pass", "fail"]),
  total: Count,
  failed: Count,
  errored: Count,
  skipped: Count,
  score: Score.optional(),
  /** What `score` must reach. A threshold without a score is red. */
  threshold: Score.optional(),
  finishedAt: z.string(),
});

/** Reads the plain record for everything that has no format of its own. */
export function readResultRecord(text: string): SuiteResult {
  const record = readReportJson(text, Record, "a result record");
  const { suite, commit, result, total, failed, errored, skipped, score, threshold } = record;
  const finishedAt = secondsOf(record.finishedAt);
  if (finishedAt === undefined) throw unreadable("not a result record: finishedAt is no time with a zone");
  const passed = Math.max(0, total - failed - errored - skipped);
  const problems = [
    ...(result === "pass" ? [] : ["its result is fail"]),
    ...(failed + errored + skipped > total ? ["its counts contradict each other"] : []),
    ...(threshold !== undefined && (score === undefined || score < threshold)
      ? ["the score is below its threshold"]
      : []),
  ];
  return {
    ...judgeCounts({ passed, failed, errored, skipped }, problems),
    scores: score === undefined ? {} : { score: [score] },
    commits: [commit],
    suites: [suite],
    finishedAt,
  };
}
