import { describe, expect, test } from "vitest";
import type { BoundarySuite } from "../boundary.ts";
import type { RowResult } from "../boundary-report.ts";
import { findingsOf, gotOf } from "../reports/finding.ts";
import { type RunBoundaryOptions, runBoundary } from "../run-boundary.ts";
import type { Isolation } from "../world.ts";

/** What a row's test says of itself in `task.meta`, for reporters. */
export interface BoundaryMeta {
  readonly grant: string;
  readonly fact: string;
  readonly mutation: string;
  readonly expected: readonly string[];
  readonly got: string;
  readonly isolation: Isolation;
}

declare module "vitest" {
  interface TaskMeta {
    /** Of the tests that {@link describeBoundary} makes. */
    boundary?: BoundaryMeta;
  }
}

/**
 * Runs a suite while the file is collected, and makes a test of each row, and of whatever else keeps the boundary from being
 * proven. Await it at the top of a test file.
 *
 * @example
 * ```ts
 * import suite from "../boundary.config.ts";
 * await describeBoundary(suite);
 * ```
 */
export async function describeBoundary(
  suite: BoundarySuite,
  options: RunBoundaryOptions = {},
): Promise<void> {
  const report = await runBoundary(suite, options);
  const findings = findingsOf(report).filter(({ level }) => level === "error");
  describe("the boundary", () => {
    for (const result of report.rows)
      test(titleOf(result), ({ task }) => {
        const { row, attempt, problems } = result;
        const { grant, fact, mutation, expected } = row;
        task.meta.boundary = {
          grant,
          fact,
          mutation,
          expected,
          got: gotOf(attempt),
          isolation: report.isolation,
        };
        expect(problems, said(findings.find((finding) => finding.row === row.id)?.lines)).toEqual([]);
      });
    const others = findings.filter(({ row }) => row === null);
    test("holds as a whole: baselines, proofs, ledger and secrets", () => {
      expect(others.map(({ title, lines }) => `${title}\n${said(lines)}`)).toEqual([]);
      expect(report.rows.length + report.proofs.length, "something was looked at").toBeGreaterThan(0);
    });
  });
}

function titleOf({ row }: RowResult): string {
  return `${row.grant} × ${row.fact} × ${row.mutation}: ${row.title}`;
}

function said(lines: readonly (readonly [string, string])[] = []): string {
  return lines.map(([label, text]) => `${label}: ${text}`).join("\n");
}
