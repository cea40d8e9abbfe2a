import type { Policy } from "@watchword/policy";
import type { Row } from "./row.ts";
import type { Situation } from "./situation.ts";
import { WORLD_MOMENT } from "./world/open-stage.ts";

const DAY = 86_400;
/** Whole weeks: the same hour of the same day, so that windows that were open are. */
const WEEK = 7 * DAY;

/** Everything of a situation, so many seconds later. */
export function later(situation: Situation, seconds: number): Situation {
  return {
    ...situation,
    at: (situation.at ?? WORLD_MOMENT) + seconds,
    before: situation.before.map((earlier) => later(earlier, seconds)),
  };
}

/** Seconds after which no budget and no `once` of these rows' grants remembers what was before; whole weeks. */
export function forgottenAfter(rows: readonly Row[], policy: Policy): number {
  const named = new Set(rows.map(({ grant }) => grant));
  const looksBack = policy.grants
    .filter(({ id }) => named.has(id))
    .map(({ budget, once }) => Math.max(budget?.windowSeconds ?? 0, once?.windowSeconds ?? 0));
  return Math.ceil((Math.max(0, ...looksBack) + DAY) / WEEK) * WEEK;
}
