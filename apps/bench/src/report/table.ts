import type { Comparison } from "../frame/compare.ts";
import type { Spread } from "../frame/spread.ts";
import type { EqualCount, Scenario, ScenarioResult } from "../scenario.ts";

/** A scenario's result for people. */
export function resultText({ title }: Scenario, result: ScenarioResult): string {
  return [
    "",
    title,
    ...result.comparisons.flatMap((comparison) => ["", comparisonText(comparison)]),
    ...(result.counts.length === 0 ? [] : ["", countsText(result.counts)]),
    ...result.goals.map((goal) => goalText(goal, result)),
    "",
    ...result.notes,
    "",
  ].join("\n");
}

function comparisonText(comparison: Comparison & { readonly title: string }): string {
  const { title, base, rounds, operationsPerRound, rows } = comparison;
  return [
    `${title} (${rounds} rounds of ${operationsPerRound}; ratio to “${base}” within a round)`,
    table([
      ["", "CPU µs", "", "ratio", "", "per second", "failed"],
      ...rows.map(({ name, cpuMicroseconds, ratio, perSecond, failures }) => [
        name,
        cpuMicroseconds.median.toFixed(0),
        range(cpuMicroseconds, 0),
        ratio.median.toFixed(2),
        range(ratio, 2),
        perSecond.toFixed(0),
        String(failures),
      ]),
    ]),
  ].join("\n");
}

function countsText(counts: readonly EqualCount[]): string {
  const places = Object.keys(counts[0]?.at ?? {});
  return table([
    ["per exchange", ...places],
    ...counts.map(({ name, at }) => [name, ...places.map((place) => String(at[place] ?? "–"))]),
  ]);
}

function goalText(
  { comparison, row, atMost }: ScenarioResult["goals"][number],
  result: ScenarioResult,
): string {
  const ratio = result.comparisons
    .find(({ title }) => title === comparison)
    ?.rows.find(({ name }) => name === row)?.ratio;
  if (ratio === undefined) return `goal: ${row} ≤ ${atMost}: not measured`;
  const verdict = ratio.q3 <= atMost ? "reached" : ratio.q1 > atMost ? "missed" : "open, within the spread";
  return `goal: ${row} ≤ ${atMost}: ${verdict} (${ratio.median.toFixed(2)}, ${range(ratio, 2)})`;
}

const range = ({ q1, q3 }: Spread, digits: number): string => `${q1.toFixed(digits)}–${q3.toFixed(digits)}`;

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
