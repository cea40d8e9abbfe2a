import type { TraceProof } from "../world.ts";

/** What is said of the traces of a run that holds, or could not be looked at. */
export function traceLine({ spans, tools, problems, why }: TraceProof): string {
  if (spans === null) return `spans: nobody could look${why === null ? "" : `; ${why}`}`;
  return problems.length === 0
    ? `${spans} spans${tools === 0 ? "" : `, ${tools} of them calls of tools`}, each side effect with its principal`
    : `spans are not as they must be, in ${problems.length === 1 ? "one way" : `${problems.length} ways`}`;
}
