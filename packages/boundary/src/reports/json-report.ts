import type { BoundaryReport } from "../boundary-report.ts";

/**
 * The report, whole, as one JSON document; `version` says which shape it has, and a change that a reader could notice gets
 * the next number.
 */
export function jsonReport(report: BoundaryReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
