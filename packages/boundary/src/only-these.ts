import { Refusal } from "@watchword/core";
import type { Row } from "./row.ts";

/**
 * The rows that somebody asked for by grant, by grant and fact, by their own name, or by a tool.
 *
 * @throws Refusal `configuration_invalid` naming what names no row
 */
export function onlyThese(rows: readonly Row[], only: readonly string[]): Row[] {
  const names = (row: Row): readonly string[] => [
    row.grant,
    `${row.grant}:${row.fact}`,
    row.id,
    ...(row.mutated.call === undefined ? [] : [`${row.grant}:by-${row.mutated.call.tool}`]),
  ];
  for (const name of only)
    if (!rows.some((row) => names(row).includes(name)))
      throw new Refusal("configuration_invalid", {
        detail: `--only ${name} names no row; grants are ${[...new Set(rows.map(({ grant }) => grant))].join(", ")}, and facts follow a colon: ${rows[0]?.grant ?? "grant"}:tenant`,
      });
  return rows.filter((row) => names(row).some((name) => only.includes(name)));
}
