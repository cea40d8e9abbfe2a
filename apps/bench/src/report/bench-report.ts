import { availableParallelism, cpus, loadavg } from "node:os";
import type { EqualCount, ScenarioResult } from "../scenario.ts";

/** Raised with every change of {@link BenchReport} that a reader would notice. */
export const REPORT_FORMAT = "watchword-bench/1";

/** What a run wrote down: ratios may be compared between machines, CPU times only on one. */
export interface BenchReport {
  readonly format: typeof REPORT_FORMAT;
  readonly date: string;
  readonly node: string;
  readonly openssl: string;
  readonly sqlite: string;
  readonly cpu: string;
  readonly cores: number;
  /** Of the last minute, before the first scenario. */
  readonly load: number;
  readonly quick: boolean;
  readonly scenarios: readonly (ScenarioResult & {
    readonly name: string;
    readonly unequal: readonly string[];
  })[];
}

/** The report of a run. */
export function benchReport(
  results: readonly { readonly name: string; readonly result: ScenarioResult }[],
  run: { readonly date: Date; readonly load: number; readonly quick: boolean },
): BenchReport {
  const { openssl, sqlite = "none" } = process.versions as Readonly<Record<string, string>>;
  return {
    format: REPORT_FORMAT,
    date: run.date.toISOString(),
    node: process.version,
    openssl: openssl ?? "none",
    sqlite,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    load: run.load,
    quick: run.quick,
    scenarios: results.map(({ name, result }) => ({ name, ...result, unequal: unequal(result.counts) })),
  };
}

/** Load of the machine in the last minute. */
export const currentLoad = (): number => loadavg()[0] ?? 0;

/** Names of counts that differ between places. */
export function unequal(counts: readonly EqualCount[]): string[] {
  return counts.filter(({ at }) => new Set(Object.values(at)).size > 1).map(({ name }) => name);
}
