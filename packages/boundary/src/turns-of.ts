import { type CompiledGrant, type Policy, isInside } from "@watchword/policy";
import { forgottenAfter, later } from "./later.ts";
import type { Row } from "./row.ts";
import type { Situation } from "./situation.ts";
import { WORLD_MOMENT } from "./world/open-stage.ts";

/** A row that leaves something behind, at a time at which nothing that others left counts any more. */
export interface Turn {
  readonly row: Row;
  readonly mutated: Situation;
  /** Its baseline, after everybody's turn. */
  readonly afterwards: Situation;
}

/** How rows that leave something behind are brought about. */
export interface Turns {
  /** Each in one world, one turn after the other. */
  readonly worlds: readonly (readonly Turn[])[];
  /** Each in a world of its own. */
  readonly alone: readonly Row[];
}

/** Of one world: to open it costs more than they do, and its twins have something left for the last one. */
const TURNS = 24;

/**
 * Lets rows share a world that would have one of their own each otherwise: between two of them more time goes by than any budget
 * or `once` of their grants looks back. What time does not undo, such as test results, has no turn.
 */
export function turnsOf(rows: readonly Row[], policy: Policy): Turns {
  const grants = new Map(policy.grants.map((grant) => [grant.id, grant]));
  const step = forgottenAfter(rows, policy);
  const alone: Row[] = [];
  const taking: Row[] = [];
  for (const row of rows) (takesTurns(row, grants.get(row.grant), step) ? taking : alone).push(row);
  // Where nobody knows what became of an effect, it is in everybody's way for good.
  const ordered = taking.toSorted((a, b) => Number(leavesUnknown(a)) - Number(leavesUnknown(b)));
  const worlds: Turn[][] = [];
  for (let from = 0; from < ordered.length; from += TURNS) {
    const batch = ordered.slice(from, from + TURNS);
    const turns = batch.map((row, index) => ({
      row,
      mutated: later(row.mutated, index * step),
      afterwards: later(row.baseline, batch.length * step),
    }));
    if (batch.length === 1) alone.push(...batch);
    else worlds.push(turns);
  }
  return { worlds, alone };
}

function takesTurns(row: Row, grant: CompiledGrant | undefined, step: number): boolean {
  if (grant === undefined || Object.keys(row.mutated.evidence).length > 0) return false;
  const { window } = grant;
  if (window === undefined) return true;
  const moment = row.mutated.at ?? WORLD_MOMENT;
  // Where clocks are put forward or back, the same hour may be outside.
  return Array.from({ length: TURNS + 1 }, (_, index) => moment + index * step).every((at) =>
    isInside(window, at),
  );
}

function leavesUnknown({ mutated }: Row): boolean {
  return mutated.before.some(({ request }) => request === "nothing");
}
