import { canonicalJson } from "@watchword/core";
import type { Attempt } from "./attempt.ts";
import type { RowResult } from "./boundary-report.ts";
import { judgeRow } from "./judge-row.ts";
import { forgottenAfter } from "./later.ts";
import { placeOf } from "./place-of.ts";
import type { Row } from "./row.ts";
import { type MadeBaseline, runBaselines, runShared, wasBusy } from "./run-shared.ts";
import { sharedWorlds } from "./shared-worlds.ts";
import { sideBySide } from "./side-by-side.ts";
import { takeTurns } from "./take-turns.ts";
import { turnsOf } from "./turns-of.ts";
import type { Situation } from "./situation.ts";
import type { OpenWorld, World, WorldOptions, WorldProof } from "./world.ts";
import { notRun, withinTime } from "./world/within-patience.ts";

/** Longer than a world takes to open and to close on a machine that has much else to do. */
const OPENING_MILLISECONDS = 120_000;
const CLOSING_MILLISECONDS = 60_000;

/** What {@link runRows} needs. */
export interface RunRowsOptions extends WorldOptions {
  readonly openWorld: OpenWorld;
  /** Worlds that are open at once. Default 4. */
  readonly parallel?: number;
  /** Hears of each row when all of its grant are over. */
  readonly onRow?: (result: RowResult) => void;
}

/** How all rows went. */
export interface RowsRun {
  readonly results: readonly RowResult[];
  readonly baselines: readonly { readonly grant: string; readonly attempt: Attempt }[];
  readonly proofs: readonly WorldProof[];
}

/**
 * Runs rows. Those that change nothing share a world; those that do take turns in one, or have one of their own each. Every
 * baseline is allowed once in a world in which nothing but baselines happened, and each grant's own once more at the end of every
 * world with several of its rows, so that no refusal is vacuous.
 */
export async function runRows(rows: readonly Row[], options: RunRowsOptions): Promise<RowsRun> {
  const { parallel = 4 } = options;
  const proofs: WorldProof[] = [];
  const attempts = new Map<Row, Attempt>();
  const baselines: MadeBaseline[] = [];
  const grants = Map.groupBy(rows, ({ grant }) => grant);
  const keys = new Map(rows.map((row) => [row, canonicalJson(row.baseline)]));
  const jobs: (() => Promise<void>)[] = [];
  const waiting = new Map<string, number>();

  const judged = (row: Row): RowResult => {
    const attempt = attempts.get(row) ?? notRun("it was not attempted");
    const ofRow = baselines.filter((made) => made.grant === row.grant && made.key === keys.get(row));
    const problems = judgeRow(
      row,
      ofRow.map((made) => made.attempt),
      attempt,
    );
    return { row, attempt, problems, place: placeOf(options.policy, row) };
  };
  const add = (those: Iterable<string>, job: () => Promise<void>): void => {
    const names = [...those];
    for (const grant of names) waiting.set(grant, (waiting.get(grant) ?? 0) + 1);
    jobs.push(async () => {
      await job();
      for (const grant of names) {
        const left = (waiting.get(grant) ?? 1) - 1;
        waiting.set(grant, left);
        if (left === 0) for (const row of grants.get(grant) ?? []) options.onRow?.(judged(row));
      }
    });
  };
  const inWorld = async (use: (world: World) => Promise<void>): Promise<string | undefined> => {
    try {
      const world = await withinTime(OPENING_MILLISECONDS, options.openWorld(options));
      try {
        await use(world);
        proofs.push(await world.prove());
      } finally {
        // Whoever is still asked something never answers: a world that does not close is left behind, and proves nothing.
        await withinTime(CLOSING_MILLISECONDS, world[Symbol.asyncDispose]());
      }
      return undefined;
    } catch (error) {
      return `the world was not usable: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  const once = async (situation: Situation): Promise<Attempt> => {
    let attempt: Attempt | undefined;
    const trouble = await inWorld(async (world) => void (attempt = await world.attempt(situation)));
    return trouble === undefined && attempt !== undefined
      ? attempt
      : notRun(trouble ?? "it was not attempted");
  };

  const alone = async (situation: Situation): Promise<Attempt> => {
    const attempt = await once(situation);
    return wasBusy(attempt) ? once(situation) : attempt;
  };

  for (const { rows: ofWorld, names } of sharedWorlds(rows)) {
    add(names, () =>
      runBaselines(ofWorld, {
        keys,
        step: forgottenAfter(ofWorld, options.policy),
        alone,
        inWorld,
        keep: (made) => void baselines.push(made),
      }),
    );
    const shared = ofWorld.filter((row) => !row.alone);
    if (shared.length > 0)
      add(names, async () => {
        const trouble = await inWorld(async (world) => {
          baselines.push(...(await runShared(world, shared, { keys, attempts })));
        });
        // Of a world whose ledger nobody could look at, nothing is known.
        if (trouble !== undefined) for (const row of shared) attempts.set(row, notRun(trouble));
      });
    const own = (row: Row) => async (): Promise<void> => void attempts.set(row, await alone(row.mutated));
    const changing = turnsOf(
      ofWorld.filter((row) => row.alone),
      options.policy,
    );
    for (const turns of changing.worlds)
      add(new Set(turns.map(({ row }) => row.grant)), async () => {
        let left: readonly Row[] = [];
        const trouble = await inWorld(async (world) => {
          left = await takeTurns(world, turns, {
            keys,
            attempts,
            keep: (made) => void baselines.push(made),
          });
        });
        await sideBySide(parallel, (trouble === undefined ? left : turns.map(({ row }) => row)).map(own));
      });
    for (const row of changing.alone) add([row.grant], own(row));
  }
  await sideBySide(parallel, jobs);

  return {
    results: rows.map(judged),
    baselines: baselines.map(({ grant, attempt }) => ({ grant, attempt })),
    proofs,
  };
}
