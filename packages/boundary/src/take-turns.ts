import { judgeRow } from "./judge-row.ts";
import type { Attempt } from "./attempt.ts";
import type { Row } from "./row.ts";
import type { MadeBaseline } from "./run-shared.ts";
import type { Turn } from "./turns-of.ts";
import type { World } from "./world.ts";

/**
 * Brings rows about one after the other in one world, and the baseline of each grant at its end.
 *
 * INVARIANT: what others left behind may only cost a row its proof, never give it one: whatever is not refused as it should be
 * is given back, to be brought about where nobody was before, and so is everything of a grant whose baseline is not allowed.
 *
 * @returns rows that need a world of their own
 */
export async function takeTurns(
  world: World,
  turns: readonly Turn[],
  {
    keys,
    attempts,
    keep,
  }: {
    readonly keys: ReadonlyMap<Row, string>;
    readonly attempts: Map<Row, Attempt>;
    readonly keep: (made: MadeBaseline) => void;
  },
): Promise<Row[]> {
  const left: Row[] = [];
  for (const { row, mutated } of turns) {
    const attempt = await world.attempt(mutated);
    if (isProof(row, attempt)) attempts.set(row, attempt);
    else left.push(row);
  }
  for (const [grant, ofGrant] of Map.groupBy(turns, ({ row }) => row.grant)) {
    const proven = ofGrant.filter(({ row }) => !left.includes(row));
    const [first] = proven;
    if (first === undefined) continue;
    const attempt = await world.attempt(first.afterwards);
    if (attempt.outcome === "allowed") keep({ grant, key: keys.get(first.row) ?? "", attempt });
    else left.push(...proven.map(({ row }) => row));
  }
  return left;
}

/** A changed request that never left the agent, or that the broker refused before there was one, shows nothing about it. */
function isProof(row: Row, attempt: Attempt): boolean {
  const { request } = row.mutated;
  const arrived = request === "as-decided" || request === "nothing" || attempt.stage === "gateway";
  return arrived && judgeRow(row, [], attempt).every((problem) => problem === "baseline_refused");
}
