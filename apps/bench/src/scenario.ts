import type { Comparison, Effort } from "./frame/compare.ts";

/** What a scenario is given. */
export interface ScenarioContext {
  readonly effort: Effort;
  /** A directory of its own, removed afterwards. */
  readonly directory: string;
  readonly quick: boolean;
  readonly progress: (text: string) => void;
}

/** A count that must be equal wherever it is taken; `at` names the places. */
export interface EqualCount {
  readonly name: string;
  readonly at: Readonly<Record<string, number>>;
}

/** What came of a scenario. */
export interface ScenarioResult {
  readonly comparisons: readonly (Comparison & { readonly title: string })[];
  readonly counts: readonly EqualCount[];
  /** What a reader must know to read it. */
  readonly notes: readonly string[];
  /** Ratios that are aimed for; told of, never asserted. */
  readonly goals: readonly Goal[];
}

/** That one row's ratio is at most this. */
export interface Goal {
  readonly comparison: string;
  readonly row: string;
  readonly atMost: number;
}

/** One thing that is measured. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  run(context: ScenarioContext): Promise<ScenarioResult>;
}
