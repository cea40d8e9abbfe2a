import { styleText } from "node:util";
import type { BoundaryReport } from "../boundary-report.ts";
import type { TraceProof, WorldProof } from "../world.ts";
import type { Fact } from "../row.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { MARKS, type MatrixCell, matrixTable } from "./matrix-table.ts";
import { traceLine } from "./trace-line.ts";
import { oneLine } from "./one-line.ts";
import { type ReportOptions, placedFile } from "./report-place.ts";
import { verdictOf } from "./verdict.ts";

/** How wide a terminal is that everything fits into; only single words may be longer. */
const WIDTH = 80;
const GRANT_WIDTH = 26;
const LABEL_WIDTH = 14;
const CELL_WIDTH = 8;

const SHORT: Partial<Record<Fact, string>> = {
  resource: "res",
  argument: "args",
  approval: "appr",
  evidence: "eval",
  delegation: "deleg",
  credential: "cred",
};

/** What the terminal's report needs beside the report. */
export interface TerminalOptions extends ReportOptions {
  /** Whether marks are coloured; without, everything is said as well. */
  readonly colour?: boolean;
  readonly minScore?: number;
}

type Paint = (style: "green" | "red" | "yellow" | "bold", text: string) => string;

/** The report for a person before a terminal: the matrix, what holds, and each thing that does not. */
export function terminalReport(report: BoundaryReport, options: TerminalOptions = {}): string {
  const paint: Paint = (style, text) =>
    options.colour === true ? styleText(style, text, { validateStream: false }) : text;
  const findings = findingsOf(report);
  return `${[
    ...head(report, paint),
    ...table(report, paint),
    ...summary(report, paint),
    ...findings
      .filter(({ level }) => level === "error")
      .flatMap((finding) => findingLines(finding, paint, options)),
    ...score(report, findings, paint, options),
  ].join("\n")}\n`;
}

function head(
  { policyVersion, isolation, isolationReason, milliseconds }: BoundaryReport,
  paint: Paint,
): string[] {
  return [
    `${paint("bold", "boundary")}  policy ${oneLine(policyVersion).slice(0, 12)}  isolation ${isolation}  ${(milliseconds / 1_000).toFixed(1)} s`,
    ...(isolationReason === null ? [] : wrapped("", `not stronger: ${isolationReason}`)),
    "",
  ];
}

/** As many facts beside each other as fit, the others below. */
function table(report: BoundaryReport, paint: Paint): string[] {
  const { facts, lines } = matrixTable(report);
  const width = Math.min(GRANT_WIDTH, Math.max(5, ...lines.map(({ grant }) => oneLine(grant).length)));
  const columns = Math.floor((WIDTH - width - 1) / CELL_WIDTH);
  const blocks: string[] = [];
  for (let start = 0; start < facts.length; start += columns) {
    const shown = facts.slice(start, start + columns);
    blocks.push(
      `${"grant".padEnd(width)} ${shown.map((fact) => (SHORT[fact] ?? fact).padStart(CELL_WIDTH)).join("")}`,
    );
    for (const { grant, cells } of lines)
      blocks.push(
        `${fitted(oneLine(grant), width)} ${cells
          .slice(start, start + columns)
          .map((cell) => paintedCell(cell, paint))
          .join("")}`,
      );
    blocks.push("");
  }
  return blocks;
}

function paintedCell(cell: MatrixCell, paint: Paint): string {
  if (cell.state === "none") return MARKS.none.padStart(CELL_WIDTH);
  const text = `${cell.state === "failed" ? MARKS.failed : ""}${cell.held}/${cell.total}`.padStart(
    CELL_WIDTH,
  );
  return paint(cell.state === "held" ? "green" : "red", text);
}

function summary(report: BoundaryReport, paint: Paint): string[] {
  const { rows, baselines, missing, proofs, world, excluded } = report;
  const held = rows.filter(({ problems }) => problems.length === 0).length;
  const allowed = baselines.filter(({ attempt }) => attempt.outcome === "allowed").length;
  const line = (holds: boolean, text: string): string =>
    `${holds ? paint("green", MARKS.held) : paint("red", MARKS.failed)} ${text}`;
  return [
    line(held === rows.length, `${held} of ${rows.length} rows refused with the right reason`),
    report.target !== undefined && baselines.length + missing.length === 0
      ? `${MARKS.none} no allowed attempt was asked for`
      : line(
          allowed === baselines.length && missing.length === 0,
          `${allowed} of ${baselines.length + missing.length} baselines allowed`,
        ),
    ...(report.target === undefined ? looked(world, line) : []),
    ...proofs.flatMap(({ name, holds, detail }) =>
      wrapped("", `${holds ? MARKS.held : MARKS.failed} ${name}: ${detail}`, 2).map((text, index) =>
        index === 0 ? text.replace(/^./, (mark) => paint(holds ? "green" : "red", mark)) : text,
      ),
    ),
    ...excluded.flatMap(({ grant, fact, reason }) =>
      wrapped(`${MARKS.none} `, `left out: ${grant} × ${fact}: ${reason}`),
    ),
    ...aimed(report),
    ...(report.unreached ?? []).flatMap(({ grant, reason }) =>
      wrapped(`${MARKS.none} `, `not through a tool: ${grant}: ${reason}`),
    ),
    "",
  ];
}

type Line = (holds: boolean, text: string) => string;

function looked({ ledgerIntact, records, leaks, openRoutes, trace }: WorldProof, line: Line): string[] {
  return [
    line(
      ledgerIntact === true,
      ledgerIntact === true ? `the ledger of ${records} records verifies` : "the ledger does not verify",
    ),
    line(leaks.length === 0, `${leaks.length} secrets where none may be`),
    ...(trace === undefined ? [] : traced(trace, line)),
    openRoutes === undefined
      ? `${MARKS.none} ways out of the agent's process: nobody could look`
      : line(openRoutes.length === 0, `${openRoutes.length} ways out of the agent's cell`),
  ];
}

/** What was aimed at, what was not asked by its reason, and what a green run of this kind says nothing about. */
function aimed({ target }: BoundaryReport): string[] {
  if (target === undefined) return [];
  const reasons = Map.groupBy(target.notAsked, ({ why }) => why);
  return [
    ...wrapped(`${MARKS.none} `, `target ${target.url}`),
    ...[...reasons].flatMap(([why, rows]) =>
      wrapped(
        `${MARKS.none} `,
        `not asked: ${rows.length === 1 ? "a row" : `${rows.length} rows`}, since ${why}`,
      ),
    ),
    ...target.notProved.flatMap((text) => wrapped(`${MARKS.none} `, `not proved: ${text}`)),
  ];
}

function traced(trace: TraceProof, line: Line): string[] {
  if (trace.spans === null) return wrapped(`${MARKS.none} `, traceLine(trace));
  return [line(trace.problems.length === 0, traceLine(trace))];
}

/** What is wrong, with everything that a person needs to look again. */
function findingLines({ title, lines, place }: Finding, paint: Paint, options: ReportOptions): string[] {
  const all: [string, string][] = lines.map(([label, text]) => [label, text]);
  if (place !== null) all.push(["policy", `${placedFile(place.file, options)}:${place.line}`]);
  return [
    ...wrapped("", `${MARKS.failed} ${title}`).map((line, index) =>
      index === 0 ? paint("red", line) : line,
    ),
    ...all.flatMap(([label, text]) => wrapped(`    ${label}`.padEnd(LABEL_WIDTH), text)),
    "",
  ];
}

function score(
  report: BoundaryReport,
  findings: readonly Finding[],
  paint: Paint,
  options: TerminalOptions,
): string[] {
  const { scoreProblem, code } = verdictOf(report, options);
  const { mutants } = report;
  const killed = mutants?.filter(({ killedBy }) => killedBy !== null).length ?? 0;
  return [
    ...(mutants === null ? [] : [`score ${killed}/${mutants.length} changes of the policy noticed`]),
    ...findings
      .filter(({ level }) => level === "warning")
      .flatMap(({ title, place }) =>
        wrapped(
          "  ! ",
          `${title}${place === null ? "" : `  ${placedFile(place.file, options)}:${place.line}`}`,
        ),
      ),
    ...(scoreProblem === null ? [] : [`${paint("red", MARKS.failed)} ${scoreProblem}`]),
    code === 0
      ? paint(
          "green",
          report.target === undefined
            ? `${MARKS.held} the boundary holds`
            : `${MARKS.held} what was asked is refused as it must be; what was not is named above`,
        )
      : paint("red", `${MARKS.failed} the boundary does not hold`),
  ];
}

function fitted(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}

/** Words after a label, indented by it, in lines that fit. */
function wrapped(label: string, text: string, indent: number = label.length): string[] {
  const lines: string[] = [];
  let line = label;
  let empty = true;
  for (const word of oneLine(text).split(" ")) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ".repeat(indent);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
