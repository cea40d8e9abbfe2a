import type { RowResult } from "./boundary-report.ts";

/** How one run of a suite goes; `watchword verify` hands it to `runBoundary`. */
export interface RunOptions {
  /** A policy file or directory, instead of the suite's own. */
  readonly policy?: string;
  /** `grant`, `grant:fact`, or `grant:by-tool` for those that a tool goes; left out: every row. One that names no row is an error. */
  readonly only?: readonly string[];
  /** Whether changes of the policy are tried, too, for a score. */
  readonly mutate?: boolean;
  /** Hears of each row when it is over. */
  readonly onRow?: (result: RowResult, total: number) => void;
}
