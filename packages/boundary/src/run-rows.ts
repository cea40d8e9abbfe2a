import { canonicalJson } from "@watchword/core";
import type { Policy } from "@watchword/policy";
import type { Attempt } from "./attempt.ts";
import type { RowResult } from "./boundary-report.ts";
import { judgeRow } from "./judge-row.ts";
import type { Row } from "./row.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Situation } from "./situation.ts";
import type { SystemUnderTest } from "./system-under-test.ts";
import { placeOf } from "./place-of.ts";
import { notRun } from "./world/within-patience.ts";
import type { OpenWorld, World, WorldProof } from "./world.ts";

/** What {@link runRows} needs. */
export interface RunRowsOptions {
  readonly policy: Policy;
  readonly systems: Readonly<Record<string, SystemUnderTest>>;
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

/** Attempts that are under way in one world at once. */
const ATTEMPTS = 8;

/**
 * Runs rows: those of a grant share one world, those that change it have one of their own each, and every baseline is allowed
 * once in a world of its own and the grant's own once more at the end of the shared one, so that no refusal is vacuous.
 */
export async function runRows(rows: readonly Row[], options: RunRowsOptions): Promise<RowsRun> {
  const proofs: WorldProof[] = [];
  const attempts = new Map<Row, Attempt>();
  const baselines: { grant: string; key: string; attempt: Attempt }[] = [];
  const jobs: (() => Promise<void>)[] = [];

  const inWorld = async (use: (world: World) => Promise<void>): Promise<string | undefined> => {
    try {
      const world = await options.openWorld(options);
      try {
        await use(world);
        proofs.push(await world.prove());
      } finally {
        await world[Symbol.asyncDispose]();
      }
      return undefined;
    } catch (error) {
      return `the world was not usable: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  const alone = (situation: Situation, keep: (attempt: Attempt) => void) => async (): Promise<void> => {
    let attempt: Attempt | undefined;
    const trouble = await inWorld(async (world) => void (attempt = await world.attempt(situation)));
    keep(
      trouble === undefined && attempt !== undefined ? attempt : notRun(trouble ?? "it was not attempted"),
    );
  };

  const grants = byGrant(rows);
  const waiting = new Map<string, number>();
  const add = (grant: string, job: () => Promise<void>): void => {
    waiting.set(grant, (waiting.get(grant) ?? 0) + 1);
    jobs.push(async () => {
      await job();
      const left = (waiting.get(grant) ?? 1) - 1;
      waiting.set(grant, left);
      if (left === 0) for (const row of grants.get(grant) ?? []) options.onRow?.(judged(row));
    });
  };
  const judged = (row: Row): RowResult => {
    const attempt = attempts.get(row) ?? notRun("it was not attempted");
    const key = canonicalJson(row.baseline);
    const ofRow = baselines.flatMap((made) =>
      made.grant === row.grant && made.key === key ? [made.attempt] : [],
    );
    return { row, attempt, problems: judgeRow(row, ofRow, attempt), place: placeOf(options.policy, row) };
  };

  for (const [grant, ofGrant] of grants) {
    const distinct = new Map(ofGrant.map((row) => [canonicalJson(row.baseline), row.baseline]));
    for (const [key, baseline] of distinct)
      add(
        grant,
        alone(baseline, (attempt) => void baselines.push({ grant, key, attempt })),
      );
    for (const row of ofGrant)
      if (row.alone)
        add(
          grant,
          alone(row.mutated, (attempt) => void attempts.set(row, attempt)),
        );
    const shared = ofGrant.filter((row) => !row.alone);
    if (shared.length === 0) continue;
    add(grant, async () => {
      const trouble = await inWorld(async (world) => {
        const ended = await runShared(world, shared, attempts);
        if (ended !== undefined) baselines.push({ grant, ...ended });
      });
      // Of a world whose ledger nobody could look at, nothing is known.
      if (trouble !== undefined) for (const row of shared) attempts.set(row, notRun(trouble));
    });
  }
  await sideBySide(options.parallel ?? 4, jobs);

  return {
    results: rows.map(judged),
    baselines: baselines.map(({ grant, attempt }) => ({ grant, attempt })),
    proofs,
  };
}

/** All rows of one world, and at its end the baseline of the first, unless a row that was allowed has used it up. */
async function runShared(
  world: World,
  rows: readonly Row[],
  attempts: Map<Row, Attempt>,
): Promise<{ readonly key: string; readonly attempt: Attempt } | undefined> {
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
  for (const row of apart) attempts.set(row, await world.attempt(row.mutated));
  const [first] = rows;
  if (first === undefined || rows.some((row) => attempts.get(row)?.outcome === "allowed")) return undefined;
  return { key: canonicalJson(first.baseline), attempt: await world.attempt(first.baseline) };
}

/** Whether nothing is minted on the way, also when all is well, and others do not notice it. */
function changesNothing(row: Row): boolean {
  const { request, tampering } = row.mutated;
  return request === "as-decided" && tampering !== "replayed" && !movesTime(row);
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

function isUndisturbed({ seen, reason }: Attempt): boolean {
  if (reason === "downstream_unavailable" || reason === "ledger_unavailable") return false;
  return seen.mints === 0 && seen.effects === 0 && seen.refused === 0;
}

function byGrant(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const grants = new Map<string, Row[]>();
  for (const row of rows) {
    const known = grants.get(row.grant);
    if (known === undefined) grants.set(row.grant, [row]);
    else known.push(row);
  }
  return grants;
}
