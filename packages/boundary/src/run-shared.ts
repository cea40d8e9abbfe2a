import type { Attempt } from "./attempt.ts";
import { later } from "./later.ts";
import type { Row } from "./row.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Situation } from "./situation.ts";
import type { World } from "./world.ts";
import { notRun } from "./world/within-patience.ts";

/** A baseline that was attempted. */
export interface MadeBaseline {
  readonly grant: string;
  /** Canonical text of the situation. */
  readonly key: string;
  readonly attempt: Attempt;
}

/** Attempts that are under way in one world at once. */
const ATTEMPTS = 16;

/**
 * Every baseline of these rows once, in a world in which nothing else happens; those of one grant each at its own time, so that
 * none uses up what the next one needs. One that fails there gets a world of its own.
 */
export async function runBaselines(
  rows: readonly Row[],
  {
    keys,
    step,
    alone,
    inWorld,
    keep,
  }: {
    readonly keys: ReadonlyMap<Row, string>;
    /** Seconds after which what one used up is there again. */
    readonly step: number;
    readonly alone: (situation: Situation) => Promise<Attempt>;
    readonly inWorld: (use: (world: World) => Promise<void>) => Promise<string | undefined>;
    readonly keep: (made: MadeBaseline) => void;
  },
): Promise<void> {
  const distinct = new Map(rows.map((row) => [`${row.grant} ${keys.get(row) ?? ""}`, row]));
  const made = new Map<Row, Attempt>();
  const trouble = await inWorld(async (world) => {
    for (const [turn, together] of Object.entries(inTurns([...distinct.values()])))
      for (const row of together ?? [])
        made.set(
          row,
          await world.attempt(turn === "0" ? row.baseline : later(row.baseline, Number(turn) * step)),
        );
  });
  for (const row of distinct.values()) {
    const among = trouble === undefined ? made.get(row) : notRun(trouble);
    // An earlier baseline may have used up what this one needs; a world that does not open will not open again, and a tool that
    // does something else will do it again.
    const attempt =
      among === undefined ||
      (trouble === undefined && among.outcome !== "allowed" && (among.toolProblem ?? null) === null)
        ? await alone(row.baseline)
        : among;
    keep({ grant: row.grant, key: keys.get(row) ?? "", attempt });
  }
}

/** By how many of its grant come before it; what is about test results has no later time. */
function inTurns(rows: readonly Row[]): Partial<Record<number, Row[]>> {
  const before = new Map<string, number>();
  return Object.groupBy(rows, ({ grant, baseline }) => {
    const turn = Object.keys(baseline.evidence).length > 0 ? 0 : (before.get(grant) ?? 0);
    before.set(grant, turn + 1);
    return turn;
  });
}

/**
 * All rows of one world, and at its end the baseline of each grant once more, unless a row that was allowed has used it up.
 */
export async function runShared(
  world: World,
  rows: readonly Row[],
  { keys, attempts }: { readonly keys: ReadonlyMap<Row, string>; readonly attempts: Map<Row, Attempt> },
): Promise<MadeBaseline[]> {
  const together = rows.filter((row) => changesNothing(row));
  // One after the other, those that move the clock or freeze somebody at the end: whoever comes next finds it as before.
  const apart = rows
    .filter((row) => !changesNothing(row))
    .toSorted((a, b) => Number(movesTime(a)) - Number(movesTime(b)));
  await sideBySide(
    ATTEMPTS,
    together.map((row) => async () => void attempts.set(row, await world.attempt(row.mutated))),
  );
  // What twins saw meanwhile may have been anybody's, and what nobody had time for says nothing: both are looked at alone.
  for (const row of together) {
    const attempt = attempts.get(row);
    if (attempt === undefined || attempt.outcome === "allowed" || isUndisturbed(attempt)) continue;
    attempts.set(row, await world.attempt(row.mutated));
  }
  for (const row of apart) {
    const attempt = await world.attempt(row.mutated);
    attempts.set(row, wasBusy(attempt) ? await world.attempt(row.mutated) : attempt);
  }

  const made: MadeBaseline[] = [];
  for (const [grant, ofGrant] of Map.groupBy(rows, (row) => row.grant)) {
    const [first] = ofGrant;
    if (first === undefined || ofGrant.some((row) => attempts.get(row)?.outcome === "allowed")) continue;
    made.push({ grant, key: keys.get(first) ?? "", attempt: await world.attempt(first.baseline) });
  }
  return made;
}

/** Whether nothing is minted on the way, also when all is well, and others do not notice it. */
function changesNothing(row: Row): boolean {
  const { request, tampering } = row.mutated;
  return (request === "as-decided" || request === "nothing") && tampering !== "replayed" && !movesTime(row);
}

function movesTime({ mutated, baseline }: Row): boolean {
  return (
    mutated.at !== baseline.at ||
    mutated.run === "expired" ||
    mutated.run === "frozen" ||
    mutated.approval === "expired" ||
    mutated.request === "after-expiry"
  );
}

/** Nobody had the time to decide: the same may be asked again, as the reason says. */
export function wasBusy({ reason }: Attempt): boolean {
  return reason === "downstream_unavailable" || reason === "ledger_unavailable";
}

function isUndisturbed(attempt: Attempt): boolean {
  const { seen } = attempt;
  if (wasBusy(attempt)) return false;
  return seen.mints === 0 && seen.effects === 0 && seen.refused === 0;
}
