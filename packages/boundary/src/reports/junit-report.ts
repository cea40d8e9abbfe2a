import type { BoundaryReport, RowResult } from "../boundary-report.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { markupText } from "./markup-text.ts";
import { traceLine } from "./trace-line.ts";
import { type ReportOptions, placedFile } from "./report-place.ts";

/** JUnit XML: one suite per grant with a test case per row, and one suite for what concerns the run as a whole. */
export function junitReport(report: BoundaryReport, options: ReportOptions = {}): string {
  const findings = findingsOf(report);
  const ofRow = new Map(findings.map((finding) => [finding.row, finding]));
  const grants = [...new Set(report.rows.map(({ row }) => row.grant))];
  const suites = grants.map((grant) =>
    suite(
      grant,
      report.rows
        .filter(({ row }) => row.grant === grant)
        .map((result) => rowCase(result, ofRow.get(result.row.id), options)),
    ),
  );
  suites.push(
    suite(
      "boundary",
      runCases(
        report,
        findings.filter(({ row }) => row === null),
        options,
      ),
    ),
  );
  const cases = suites.flatMap((each) => each.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="boundary" ${counts(cases)} time="${seconds(report.milliseconds)}">`,
    ...suites.map(({ text }) => text),
    "</testsuites>",
    "",
  ].join("\n");
}

interface Case {
  readonly text: string;
  readonly state: "passed" | "failure" | "error" | "skipped";
}

function suite(
  name: string,
  cases: readonly Case[],
): { readonly text: string; readonly cases: readonly Case[] } {
  const text = [
    `  <testsuite name="${markupText(name)}" ${counts(cases)}>`,
    ...cases.map((each) => each.text),
    "  </testsuite>",
  ].join("\n");
  return { text, cases };
}

/** `error`: the harness could not bring it about; `failure`: what was brought about did not go as it must. */
function rowCase(result: RowResult, finding: Finding | undefined, options: ReportOptions): Case {
  const { row, attempt, problems, place } = result;
  const open = [
    `    <testcase classname="${markupText(`${row.grant}.${row.fact}`)}" name="${markupText(`${row.mutation}: ${row.title}`)}"`,
    place === null ? "" : ` file="${markupText(placedFile(place.file, options))}" line="${place.line}"`,
    ` time="${seconds(attempt.milliseconds)}"`,
  ].join("");
  if (finding === undefined) return { text: `${open}/>`, state: "passed" };
  const state = problems.includes("not_run") ? "error" : "failure";
  return { text: [`${open}>`, problem(state, finding, options), "    </testcase>"].join("\n"), state };
}

/** Baselines, proofs and the state of the world, so that each that passed is named, too. */
function runCases(report: BoundaryReport, findings: readonly Finding[], options: ReportOptions): Case[] {
  const failed = findings
    .filter(({ level }) => level === "error")
    .map((finding): Case => ({
      text: [
        `    <testcase classname="boundary.${finding.kind}" name="${markupText(finding.title)}">`,
        problem("failure", finding, options),
        "    </testcase>",
      ].join("\n"),
      state: "failure",
    }));
  const { baselines, proofs, world } = report;
  const names = [
    ...baselines
      .filter(({ attempt }) => attempt.outcome === "allowed")
      .map(({ grant }) => `${grant}: baseline is allowed`),
    ...proofs.filter(({ holds }) => holds).map(({ name, detail }) => `${name}: ${detail}`),
    ...(world.ledgerIntact === true ? [`the ledger of ${world.records} records verifies`] : []),
    ...(world.leaks.length === 0 && report.target === undefined
      ? ["no secret was found where none may be"]
      : []),
    ...(world.trace?.spans != null && world.trace.problems.length === 0 ? [traceLine(world.trace)] : []),
    ...(world.openRoutes?.length === 0 ? ["no way out of the agent's cell"] : []),
  ];
  // What was not asked of a deployed broker is no success of anything.
  const skipped = (report.target?.notAsked ?? []).map(({ row, why }): Case => ({
    text: `    <testcase classname="boundary.target" name="${markupText(row)}"><skipped message="${markupText(why)}"/></testcase>`,
    state: "skipped",
  }));
  const passed = names.map((name): Case => ({
    text: `    <testcase classname="boundary" name="${markupText(name)}"/>`,
    state: "passed",
  }));
  return [...passed, ...skipped, ...failed];
}

function problem(
  state: "failure" | "error",
  { kind, title, lines, place }: Finding,
  options: ReportOptions,
): string {
  const where = place === null ? [] : [`policy: ${placedFile(place.file, options)}:${place.line}`];
  const text = [...lines.map(([label, said]) => `${label}: ${said}`), ...where].map(markupText).join("\n");
  return `      <${state} type="${kind}" message="${markupText(title)}">${text}</${state}>`;
}

function counts(cases: readonly Case[]): string {
  const of = (state: Case["state"]): number => cases.filter((each) => each.state === state).length;
  return `tests="${cases.length}" failures="${of("failure")}" errors="${of("error")}"${of("skipped") === 0 ? "" : ` skipped="${of("skipped")}"`}`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(3);
}
