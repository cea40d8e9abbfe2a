import type { RowResult } from "../boundary-report.ts";
import { MARKS } from "./matrix-table.ts";
import { oneLine } from "./one-line.ts";

/** How often a line comes at most while all goes well. */
const EVERY_MS = 5_000;

/**
 * Makes a listener that says by whole lines how far a long run is: every failing row at once, and counts now and then, as a
 * log of a CI job can hold them. `now` is in milliseconds.
 */
export function progressLines(
  write: (line: string) => void,
  now: () => number,
): (result: RowResult, total: number) => void {
  let done = 0;
  let failed = 0;
  let next = now() + EVERY_MS;
  return ({ row, problems }, total) => {
    done++;
    if (problems.length > 0) {
      failed++;
      write(`${MARKS.failed} ${oneLine(row.id)}: ${problems.join(", ")}`);
    }
    if (now() < next) return;
    next = now() + EVERY_MS;
    write(`${done} of ${total} rows, ${failed} failed`);
  };
}
