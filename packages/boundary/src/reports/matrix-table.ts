import type { BoundaryReport } from "../boundary-report.ts";
import { FACTS, type Fact } from "../row.ts";

/** What all rows of one grant and one fact came to. `none`: there are no such rows. */
export interface MatrixCell {
  readonly fact: Fact;
  readonly total: number;
  readonly held: number;
  readonly state: "held" | "failed" | "none";
}

/** One line of the matrix. */
export interface MatrixLine {
  readonly grant: string;
  readonly cells: readonly MatrixCell[];
}

/** Grants × facts; facts that no row changes are left out. */
export interface MatrixTable {
  readonly facts: readonly Fact[];
  readonly lines: readonly MatrixLine[];
}

/** A mark that says without colour how a cell went. */
export const MARKS: Readonly<Record<MatrixCell["state"], string>> = Object.freeze({
  held: "✓",
  failed: "✗",
  none: "·",
});

/** What a cell says in words: `4 of 5 held`. */
export function cellText({ state, total, held }: MatrixCell): string {
  return state === "none" ? "no rows" : `${held} of ${total} held`;
}

/** The report's rows, counted; a grant without a baseline has a line of its own, without rows. */
export function matrixTable({ rows, missing }: BoundaryReport): MatrixTable {
  const facts = FACTS.filter((fact) => rows.some(({ row }) => row.fact === fact));
  const grants = new Set([...rows.map(({ row }) => row.grant), ...missing.map(({ grant }) => grant)]);
  const lines = [...grants].map((grant) => ({
    grant,
    cells: facts.map((fact): MatrixCell => {
      const those = rows.filter(({ row }) => row.grant === grant && row.fact === fact);
      const held = those.filter(({ problems }) => problems.length === 0).length;
      const state = those.length === 0 ? "none" : held === those.length ? "held" : "failed";
      return { fact, total: those.length, held, state };
    }),
  }));
  return { facts, lines };
}
