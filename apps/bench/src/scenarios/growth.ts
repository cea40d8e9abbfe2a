import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { compare } from "../frame/compare.ts";
import type { EqualCount, Scenario, ScenarioContext, ScenarioResult } from "../scenario.ts";
import { MOST_GRANTS, growingBroker } from "../world/growing-broker.ts";
import { servedContestant } from "../world/served-contestant.ts";
import type { StoreWork } from "../world/sqlite-work.ts";

const SIZES = [10, 1_000, 100_000];
const QUICK_SIZES = [10, 1_000];

/** That an act among many tenants, grants and leases is no more work for the store than one among few. */
export const growth: Scenario = {
  name: "growth",
  title: "growth: tenants, grants and leases",
  run: measure,
};

async function measure(context: ScenarioContext): Promise<ScenarioResult> {
  const { directory, effort, progress } = context;
  const sizes = context.quick ? QUICK_SIZES : SIZES;
  const work = new Map<string, StoreWork>();
  for (const size of sizes) {
    progress(`counting among ${size}`);
    const counted = await workAmong(directory, size);
    progress(`an act among ${size}: ${JSON.stringify(counted)}`);
    work.set(String(size), counted);
  }
  await using open = new AsyncDisposableStack();
  const contestants = [];
  for (const [index, size] of [sizes[0] ?? 1, ...sizes].entries()) {
    progress(`starting one among ${size}`);
    const own = await mkdtemp(join(directory, "growing-"));
    const { server, agent } = await growingBroker(own, size, { counted: false });
    open.use(server);
    const again = index === 1 ? ", a second time" : "";
    contestants.push(servedContestant(`${size} of each${again}`, server, agent.forms));
  }
  const comparison = await compare(contestants, effort, { now: () => performance.now(), progress });
  return {
    comparisons: [{ title: "one act over HTTP, SQLite: CPU of the broker's process", ...comparison }],
    counts: equalCounts("SQLite", work),
    goals: [],
    notes: [
      "counts: what one act has the store do, in both of its threads. Index probes and whole tables read follow from the plan of each statement that ran.",
      `As many tenants, each with connection, run, intent, lease and spent token, as the heading says; as many grants, each for another agent and operation, but ${MOST_GRANTS} at most.`,
      "a second time: what it is off from 1 is the noise of this run.",
      "Counts are asserted; CPU is told of, because larger trees and caches cost something.",
    ],
  };
}

/** What one exchange has the store do among so many. */
export async function workAmong(directory: string, size: number): Promise<StoreWork> {
  const { server, work } = await growingBroker(directory, size, { counted: true });
  try {
    return await work();
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

/** The counts of several places as rows. */
export function equalCounts(store: string, work: ReadonlyMap<string, StoreWork>): EqualCount[] {
  const names = new Set([...work.values()].flatMap((counts) => Object.keys(counts)));
  return [...names].map((name) => ({
    name: `${store}: ${name}`,
    at: Object.fromEntries([...work].map(([place, counts]) => [place, counts[name] ?? 0])),
  }));
}
