import type { BoundaryReport } from "../boundary-report.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** What a run came to. */
export interface Verdict {
  /** 0: everything holds · 1: something does not. */
  readonly code: 0 | 1;
  /** What does not hold; survived changes of the policy count only where a least score is asked for. */
  readonly failures: readonly Finding[];
  /** Share of the policy's changes that a row noticed; `null`: none were tried. */
  readonly score: number | null;
  /** Why the score fails; `null` when it does not. */
  readonly scoreProblem: string | null;
}

/**
 * INVARIANT: a run passes only by what is in its report, never by its `passed` alone: a report without rows, without the
 * score that was asked for, or that says of itself that it did not pass is no proof.
 */
export function verdictOf(
  report: BoundaryReport,
  { minScore }: { readonly minScore?: number } = {},
): Verdict {
  const failures = findingsOf(report).filter(({ level }) => level === "error");
  const score = scoreOf(report);
  const scoreProblem = problemOf(score, minScore);
  const holds = report.passed && failures.length === 0 && scoreProblem === null;
  return { code: holds ? 0 : 1, failures, score, scoreProblem };
}

function scoreOf({ mutants }: BoundaryReport): number | null {
  if (mutants === null || mutants.length === 0) return null;
  return mutants.filter(({ killedBy }) => killedBy !== null).length / mutants.length;
}

function problemOf(score: number | null, minScore: number | undefined): string | null {
  if (minScore === undefined) return null;
  if (score === null) return `a score of ${minScore} was asked for, and no change of the policy was tried`;
  // A not-a-number is never at least anything.
  return score >= minScore ? null : `the score is ${score.toFixed(2)}, and ${minScore} was asked for`;
}
