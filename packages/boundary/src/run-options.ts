import type { RowResult } from "./boundary-report.ts";
import type { Isolation } from "./world.ts";

/** How one run of a suite goes; `watchword verify` and the project of vitest both hand it to `runBoundary`. */
export interface RunOptions {
  /** A policy file or directory, instead of the suite's own. */
  readonly policy?: string;
  /** `grant` or `grant:fact`; left out: every row. One that names no row is an error. */
  readonly only?: readonly string[];
  /** The weakest isolation that will do; `IsolationMissing` is thrown where it is not to be had. */
  readonly require?: Isolation;
  /** Whether changes of the policy are tried, too, for a score. */
  readonly mutate?: boolean;
  /** Hears of each row when it is over. */
  readonly onRow?: (result: RowResult, total: number) => void;
}
