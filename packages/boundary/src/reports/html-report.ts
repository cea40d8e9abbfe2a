import type { BoundaryReport, RowResult } from "../boundary-report.ts";
import { type Finding, findingsOf, gotOf } from "./finding.ts";
import { markupText } from "./markup-text.ts";
import { traceLine } from "./trace-line.ts";
import { MARKS, type MatrixCell, cellText, matrixTable } from "./matrix-table.ts";
import { type ReportOptions, placedFile } from "./report-place.ts";
import { verdictOf } from "./verdict.ts";

/** Nothing is loaded from anywhere and no script runs, whatever the report's texts hold. */
const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE = `
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #212529; background: #ffffff; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; }
table { border-collapse: collapse; }
caption { text-align: left; padding: .25rem 0; }
th, td { border: 1px solid #868e96; padding: .25rem .5rem; text-align: left; vertical-align: top; }
.held { background: #d8f3dc; color: #0b3d20; }
.failed { background: #ffe0de; color: #6b0f0a; }
.none { background: #f1f3f5; color: #343a40; }
.wide { overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
`;

/** The report as one page that needs nothing else: no script, no font, no picture from anywhere. */
export function htmlReport(
  report: BoundaryReport,
  options: ReportOptions & { readonly minScore?: number } = {},
): string {
  const { code } = verdictOf(report, options);
  const verdict = code === 0 ? "The boundary holds" : "The boundary does not hold";
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${verdict}: boundary report</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<h1>${code === 0 ? MARKS.held : MARKS.failed} ${verdict}</h1>`,
    facts(report, options),
    ...section(
      "What does not hold",
      findingsOf(report).map((finding) => findingPart(finding, options)),
    ),
    "<h2>Grants by facts</h2>",
    matrix(report),
    "<h2>Every row</h2>",
    rowsTable(report.rows, options),
    ...section("Left out, with reason", excluded(report)),
    ...section("What a run against a deployed broker does not prove", unproven(report)),
    ...section("Not through a tool", unreached(report)),
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function facts(report: BoundaryReport, options: { readonly minScore?: number }): string {
  const { rows, baselines, world, proofs, mutants, isolation, isolationReason } = report;
  const held = rows.filter(({ problems }) => problems.length === 0).length;
  const allowed = baselines.filter(({ attempt }) => attempt.outcome === "allowed").length;
  const { scoreProblem } = verdictOf(report, options);
  const killed = mutants?.filter(({ killedBy }) => killedBy !== null).length ?? 0;
  return list([
    ["Policy", report.policyVersion],
    ["Isolation", isolationReason === null ? isolation : `${isolation}; not stronger: ${isolationReason}`],
    ["Started", `${report.startedAt}, ${(report.milliseconds / 1_000).toFixed(1)} s`],
    ["Rows", `${held} of ${rows.length} refused with the right reason`],
    ["Baselines", `${allowed} of ${baselines.length} allowed, ${report.missing.length} missing`],
    ...(report.target === undefined ? [] : ([["Target", report.target.url]] as const)),
    ["Ledger", ledgerText(world)],
    [
      "Secrets",
      report.target !== undefined
        ? "nobody could look"
        : world.leaks.length === 0
          ? "none where none may be"
          : `found in ${world.leaks.join(", ")}`,
    ],
    ...(world.trace === undefined ? [] : [["Traces", traceLine(world.trace)] as const]),
    [
      "Ways out",
      world.openRoutes === undefined ? "nobody could look" : `${world.openRoutes.length} found open`,
    ],
    ...proofs.map(
      ({ name, holds, detail }) => [name, `${holds ? MARKS.held : MARKS.failed} ${detail}`] as const,
    ),
    ...(mutants === null
      ? []
      : [["Score", `${killed} of ${mutants.length} changes of the policy noticed`] as const]),
    ...(scoreProblem === null ? [] : [["Score asked for", scoreProblem] as const]),
  ]);
}

function ledgerText({ ledgerIntact, records }: BoundaryReport["world"]): string {
  if (ledgerIntact === null) return "nobody could look";
  return ledgerIntact ? `${records} records, verifies` : "does not verify";
}

function unproven({ target }: BoundaryReport): string[] {
  if (target === undefined) return [];
  const rows = target.notAsked.map(({ row, why }) => [`not asked: ${row}`, why] as const);
  return [list([...target.notProved.map((text) => ["not proved", text] as const), ...rows])];
}

function findingPart({ title, lines, place, level }: Finding, options: ReportOptions): string {
  const where =
    place === null ? [] : [["policy", `${placedFile(place.file, options)}:${place.line}`] as const];
  const mark = level === "error" ? MARKS.failed : "!";
  return `<h3>${mark} ${markupText(title)}</h3>\n${list([...lines, ...where])}`;
}

function matrix(report: BoundaryReport): string {
  const { facts: columns, lines } = matrixTable(report);
  const cell = (each: MatrixCell): string =>
    `<td class="${each.state}">${MARKS[each.state]} ${cellText(each)}</td>`;
  return [
    '<div class="wide" tabindex="0" role="region" aria-label="Grants by facts"><table>',
    "<caption>How many rows of each grant and fact held</caption>",
    `<thead><tr><th scope="col">Grant</th>${columns.map((fact) => `<th scope="col">${fact}</th>`).join("")}</tr></thead>`,
    "<tbody>",
    ...lines.map(
      ({ grant, cells }) => `<tr><th scope="row">${markupText(grant)}</th>${cells.map(cell).join("")}</tr>`,
    ),
    "</tbody></table></div>",
  ].join("\n");
}

function rowsTable(rows: readonly RowResult[], options: ReportOptions): string {
  return [
    '<div class="wide" tabindex="0" role="region" aria-label="Every row"><table>',
    "<caption>What was changed, what must come of it, and what came</caption>",
    '<thead><tr><th scope="col">Row</th><th scope="col">Tried</th><th scope="col">Expected</th><th scope="col">Got</th><th scope="col">Policy</th></tr></thead>',
    "<tbody>",
    ...rows.map(({ row, attempt, problems, place }) => {
      const held = problems.length === 0;
      const cells = [
        row.title,
        row.expected.join(" or "),
        `${held ? MARKS.held : MARKS.failed} ${gotOf(attempt)}`,
        place === null ? "" : `${placedFile(place.file, options)}:${place.line}`,
      ].map(
        (text, index) =>
          `<td${index === 2 ? ` class="${held ? "held" : "failed"}"` : ""}>${markupText(text)}</td>`,
      );
      return `<tr><th scope="row">${markupText(row.id)}</th>${cells.join("")}</tr>`;
    }),
    "</tbody></table></div>",
  ].join("\n");
}

function excluded({ excluded: left }: BoundaryReport): string[] {
  return left.length === 0
    ? []
    : [list(left.map(({ grant, fact, reason }) => [`${grant} × ${fact}`, reason]))];
}

function unreached({ unreached: grants = [] }: BoundaryReport): string[] {
  return grants.length === 0 ? [] : [list(grants.map(({ grant, reason }) => [grant, reason]))];
}

function section(title: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`<h2>${title}</h2>`, ...parts];
}

function list(entries: readonly (readonly [string, string])[]): string {
  return `<dl>${entries.map(([term, text]) => `<dt>${markupText(term)}</dt><dd>${markupText(text)}</dd>`).join("")}</dl>`;
}
