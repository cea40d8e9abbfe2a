import type { SuiteResult } from "./suite-result.ts";

/** How many tests ended how. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly errored: number;
  /** Not run. Nobody can tell one that never mattered from one that somebody switched off. */
  readonly skipped: number;
}

/** Green takes at least one test that passed, none that did anything else, and no problem that the format knows of. */
export function judgeCounts(
  { passed, failed, errored, skipped }: TestCounts,
  problems: readonly string[],
): Pick<SuiteResult, "state" | "detail"> {
  const green = passed > 0 && failed === 0 && errored === 0 && skipped === 0 && problems.length === 0;
  const counts = `${passed} passed, ${failed} failed, ${errored} errored, ${skipped} skipped`;
  return { state: green ? "pass" : "fail", detail: [counts, ...problems].join("; ") };
}
