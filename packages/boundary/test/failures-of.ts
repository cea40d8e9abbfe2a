import type { BoundaryReport } from "../src/index.ts";

/** `grant/fact/mutation: problems, reason` of every row that is no proof. */
export function failuresOf({ rows }: BoundaryReport): string[] {
  return rows.flatMap(({ row, problems, attempt }) =>
    problems.length === 0 ? [] : [`${row.id}: ${problems.join(", ")}; ${attempt.reason ?? attempt.outcome}`],
  );
}
