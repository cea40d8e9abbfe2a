import { z } from "zod";
import { judgeCounts } from "./judge-counts.ts";
import { readReportJson } from "./read-report-json.ts";
import { scoresByName } from "./scores-by-name.ts";
import { secondsOf } from "./seconds-of.ts";
import type { SuiteResult } from "./suite-result.ts";

const Count = z.int().min(0);

const Log = z.object({
  version: z.literal(2),
  status: z.string(),
  invalidated: z.boolean().nullish(),
  error: z.unknown().optional(),
  results: z
    .object({
      total_samples: Count,
      completed_samples: Count,
      scores: z.array(z.object({ metrics: z.record(z.string().max(255), z.object({ value: z.number() })) })),
    })
    .nullish(),
  stats: z.object({ completed_at: z.string().nullish() }).nullish(),
  samples: z.array(z.object({ error: z.unknown().optional() })).nullish(),
});

/**
 * Reads the JSON log of Inspect (version 2; a compressed `.eval` by `inspect log dump`). Only `status: success` counts,
 * whatever scores stand in it; a log says how well things went, so a minimum must be declared for it to be green.
 */
export function readInspectLog(text: string): SuiteResult {
  const log = readReportJson(text, Log, "Inspect's JSON log, version 2");
  const { total_samples: total = 0, completed_samples: completed = 0, scores = [] } = log.results ?? {};
  const broken = (log.samples ?? []).filter(({ error }) => !isNone(error)).length;
  const errored = Math.max(0, total - completed, broken);
  const problems = [
    ...(log.status === "success" ? [] : ["its status is not success"]),
    ...(isNone(log.error) ? [] : ["it ended with an error"]),
    ...(log.invalidated === true ? ["it was invalidated"] : []),
    ...(scores.length === 0 ? ["nothing was scored"] : []),
    ...(completed > total ? ["more samples are done than there are"] : []),
    // A log without its samples is whole; one with a part of them is not.
    ...(log.samples !== null && log.samples !== undefined && log.samples.length < total
      ? ["samples are missing in it"]
      : []),
  ];
  const finishedAt = secondsOf(log.stats?.completed_at);
  return {
    ...judgeCounts({ passed: Math.max(0, total - errored), failed: 0, errored, skipped: 0 }, problems),
    // A metric of several scorers is held to its minimum by each of them.
    scores: scoresByName(
      scores.flatMap(({ metrics }) =>
        Object.entries(metrics).map(([name, { value }]) => [name, value] as const),
      ),
    ),
    ungraded: true,
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}

const isNone = (value: unknown): boolean => value === undefined || value === null;
