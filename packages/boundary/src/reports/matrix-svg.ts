import type { BoundaryReport } from "../boundary-report.ts";
import { markupText } from "./markup-text.ts";
import { MARKS, type MatrixCell, type MatrixLine, cellText, matrixTable } from "./matrix-table.ts";

const CELL = 72;
const ROW = 28;
const HEAD = 36;
const LETTER = 8;
/** Text on ground: each pair has a contrast of at least 7 to 1. */
const COLOURS: Readonly<Record<MatrixCell["state"], readonly [ground: string, text: string]>> = {
  held: ["#d8f3dc", "#0b3d20"],
  failed: ["#ffe0de", "#6b0f0a"],
  none: ["#f1f3f5", "#343a40"],
};

/** Grants × facts as a picture for a README or a pull request. A mark says what a colour says; all of it is text, too. */
export function matrixSvg(report: BoundaryReport): string {
  const { facts, lines } = matrixTable(report);
  const left = Math.max(5, ...lines.map(({ grant }) => grant.length)) * LETTER + 16;
  const width = left + Math.max(1, facts.length) * CELL + 8;
  const height = HEAD + lines.length * ROW + 8;
  const failed = lines.flatMap(({ cells }) => cells).filter(({ state }) => state === "failed").length;
  const title = `Boundary matrix: ${lines.length} grants, ${facts.length} facts, ${failed} cells failed`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="matrix-title matrix-text" font-family="ui-monospace, monospace" font-size="13">`,
    `<title id="matrix-title">${markupText(title)}</title>`,
    `<desc id="matrix-text">${markupText(lines.map(lineText).join(" "))}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...facts.map(
      (fact, column) =>
        `<text x="${left + column * CELL + CELL / 2}" y="22" text-anchor="middle" font-size="11" fill="#212529">${fact}</text>`,
    ),
    ...lines.flatMap((line, index) => lineShapes(line, left, HEAD + index * ROW)),
    "</svg>",
    "",
  ].join("\n");
}

function lineShapes({ grant, cells }: MatrixLine, left: number, top: number): string[] {
  return [
    `<text x="8" y="${top + 18}" fill="#212529">${markupText(grant)}</text>`,
    ...cells.map((cell, column) => {
      const [ground, text] = COLOURS[cell.state];
      const label = cell.state === "none" ? MARKS.none : `${MARKS[cell.state]} ${cell.held}/${cell.total}`;
      const x = left + column * CELL;
      return [
        `<g><title>${markupText(`${grant} × ${cell.fact}: ${cellText(cell)}`)}</title>`,
        `<rect x="${x + 2}" y="${top + 2}" width="${CELL - 4}" height="${ROW - 4}" rx="3" fill="${ground}"/>`,
        `<text x="${x + CELL / 2}" y="${top + 18}" text-anchor="middle" fill="${text}">${label}</text></g>`,
      ].join("");
    }),
  ];
}

function lineText({ grant, cells }: MatrixLine): string {
  return `${grant}: ${cells.map((cell) => `${cell.fact} ${cellText(cell)}`).join(", ") || "no rows"}.`;
}
