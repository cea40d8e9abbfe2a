import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { type Contestant, compare } from "../frame/compare.ts";
import type { EqualCount, Scenario, ScenarioContext, ScenarioResult } from "../scenario.ts";
import { benchPostgres } from "../world/bench-postgres.ts";
import { growingBroker } from "../world/growing-broker.ts";
import { growingPostgres } from "../world/growing-postgres.ts";
import { growingSqlite } from "../world/growing-sqlite.ts";
import { type GrowingStore, PLANNED, type StoreWork } from "../world/growing-store.ts";
import { servedContestant } from "../world/served-contestant.ts";

const SIZES = [10, 1_000, 100_000];
const QUICK_SIZES = [10, 1_000];

/** That an act among many tenants, grants and leases is no more work for the store than one among few. */
export const growth: Scenario = {
  name: "growth",
  title: "growth: tenants, grants and leases",
  run: measure,
};

async function measure(context: ScenarioContext): Promise<ScenarioResult> {
  const { directory, effort, quick, progress } = context;
  const sizes = quick ? QUICK_SIZES : SIZES;
  const counts: EqualCount[] = [];
  {
    progress("starting a PostgreSQL that counts");
    await using database = await benchPostgres({ counting: true });
    for (const store of [growingSqlite(directory), await growingPostgres(database)])
      counts.push(...equalCounts(store.name, await workAmong(store, directory, sizes, progress)));
  }
  await using open = new AsyncDisposableStack();
  const contestants: Contestant[] = [];
  for (const [index, size] of [sizes[0] ?? 1, ...sizes].entries()) {
    const began = performance.now();
    const own = await mkdtemp(join(directory, "growing-"));
    const grants = { first: size, most: size };
    const growing = await growingBroker(growingSqlite(own), { directory: own, grants, counted: false });
    open.use(growing.server);
    await growing.grow(size);
    progress(`one among ${size} is ready: ${since(began)}`);
    const again = index === 1 ? ", a second time" : "";
    contestants.push(servedContestant(`${size} of each${again}`, growing.server, growing.agent.forms));
  }
  const comparison = await compare(contestants, effort, { now: () => performance.now(), progress });
  return {
    comparisons: [{ title: "one act over HTTP, SQLite: CPU of the broker's process", ...comparison }],
    counts,
    goals: [],
    notes: [
      "counts: what one act has the store do. SQLite: in both threads of the broker; index probes and whole tables read follow from the plan of each statement that ran. PostgreSQL: as the server itself counts.",
      "PostgreSQL reads a table of few rows whole, and no index. So its counts are those of a session that may not where an index leads (enable_seqscan off), tables analyzed as autovacuum would have; as planned: the same without that, from the second size on.",
      "As many tenants, each with connection, run, intent, lease, spent token and ledger record, as the heading says; as many grants, each for another agent and operation.",
      "a second time: what it is off from 1 is the noise of this run.",
      "Counts are asserted; CPU is told of, because larger trees and caches cost something.",
    ],
  };
}

/** What one exchange has a store do among so many, while they become more around the same broker. `sizes` ascend. */
export async function workAmong(
  store: GrowingStore,
  directory: string,
  sizes: readonly number[],
  progress: (text: string) => void,
): Promise<Map<string, StoreWork>> {
  const work = new Map<string, StoreWork>();
  let began = performance.now();
  const grants = { first: sizes[0] ?? 1, most: Math.max(...sizes) };
  const broker = await growingBroker(store, { directory, grants, counted: true });
  await using open = new AsyncDisposableStack();
  open.use(broker.server);
  for (const size of sizes) {
    await broker.grow(size);
    const built = since(began);
    const counted = await broker.work();
    progress(`${store.name}, an act among ${size} (built in ${built}): ${JSON.stringify(counted)}`);
    work.set(String(size), counted);
    began = performance.now();
  }
  return work;
}

const since = (began: number): string => `${((performance.now() - began) / 1_000).toFixed(1)} s`;

/** The counts of several places as rows. What was planned by the size of tables of a few rows is in none. */
export function equalCounts(store: string, work: ReadonlyMap<string, StoreWork>): EqualCount[] {
  const all = [...work];
  const [, ...settled] = all;
  const names = new Set(all.flatMap(([, counts]) => Object.keys(counts)));
  return [...names].flatMap((name) => {
    const places = name.startsWith(PLANNED) ? settled : all;
    if (!places.some(([, counts]) => counts[name] !== undefined)) return [];
    const at = Object.fromEntries(places.map(([place, counts]) => [place, counts[name] ?? 0]));
    return [{ name: `${store}: ${name}`, at }];
  });
}
