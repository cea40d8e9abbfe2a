import { join } from "node:path";
import { measuredProcess } from "../frame/measured-process.ts";
import { connections, post } from "../frame/post-all.ts";
import { spread } from "../frame/spread.ts";
import type { Scenario, ScenarioContext, ScenarioResult } from "../scenario.ts";
import type { BrokerSettings } from "../servers/broker-process.ts";
import type { Flood, FloodCount, FloodSettings } from "../servers/flood-process.ts";
import { benchAgent } from "../world/bench-agent.ts";

/** Valid requests in flight at one time. */
const VALID_WIDTH = 8;
/** The widest has more strangers than the broker lets wait (strangers-pace.ts), and no aim. */
const FLOODS: readonly { readonly name: string; readonly flood: Flood }[] = [
  { name: "8 strangers, each again once answered", flood: { width: 8 } },
  { name: "32 strangers, each again once answered", flood: { width: 32 } },
  { name: "200 strangers a second, answered or not", flood: { perSecond: 200 } },
  { name: "1,000 strangers a second, answered or not", flood: { perSecond: 1_000 } },
  { name: "512 strangers, each again once answered (no aim)", flood: { width: 512 } },
];
const GOAL = 2;

/** How long valid acts take while strangers ask and are refused. */
export const denialFlood: Scenario = {
  name: "denial-flood",
  title: "a flood of refusals beside valid acts: how long these take",
  run: measure,
};

async function measure({ directory, effort, progress }: ScenarioContext): Promise<ScenarioResult> {
  await using open = new AsyncDisposableStack();
  const broker = open.use(
    await measuredProcess<{ url: string }>(new URL("../servers/broker-process.ts", import.meta.url), {
      directory,
      store: { sqlite: join(directory, "watchword.db") },
      grants: 100,
    } satisfies BrokerSettings),
  );
  const { url } = broker.ready;
  const agent = connections();
  const { forms } = await benchAgent(url, join(directory, "workload"), agent);
  agent.destroy();
  await times(url, await forms(effort.warmUp));
  const acts = async (prepared: readonly Buffer[]): Promise<Acts> => {
    const before = await broker.cpuMicroseconds();
    const taken = await times(url, prepared);
    return { p99: p99(taken), cpu: (await broker.cpuMicroseconds()) - before };
  };
  const notes: string[] = [];
  for (const { name, flood: kind } of FLOODS) {
    progress(`with ${name}`);
    await using flood = await measuredProcess<{ url: string }>(
      new URL("../servers/flood-process.ts", import.meta.url),
      { url, flood: kind } satisfies FloodSettings,
    );
    const rounds: Round[] = [];
    for (let round = 0; round < effort.rounds; round++) {
      const quiet = await acts(await forms(effort.operations));
      const prepared = await forms(effort.operations);
      await flood.ask("begin");
      const start = performance.now();
      const flooded = await acts(prepared);
      const seconds = (performance.now() - start) / 1_000;
      const { asked, lost } = await flood.ask<FloodCount>("end");
      rounds.push({ quiet, flooded, askedPerSecond: asked / seconds, lost });
    }
    const note = noteOf(name, rounds);
    progress(note.trim());
    notes.push(note);
  }
  return {
    comparisons: [],
    counts: [],
    goals: [],
    notes: [
      `p99 of ${effort.operations} acts, ${VALID_WIDTH} at a time, without and with strangers, within one round (SQLite, all durable):`,
      ...notes,
      "The last number is the broker's CPU meanwhile, strangers' part and all, for as many acts: a busy machine changes it least.",
      `goal: at most ${GOAL}. Strangers, acts and broker share this machine's cores, so what waits for a core is in it, too.`,
      "Strangers ask for garbage, with tokens of unknown keys, and with tokens that name the broker's key: a third each.",
    ],
  };
}

/** Acts of one half of a round: milliseconds, and microseconds of the broker's CPU for all of them and whatever came beside. */
interface Acts {
  readonly p99: number;
  readonly cpu: number;
}

interface Round {
  readonly quiet: Acts;
  readonly flooded: Acts;
  readonly askedPerSecond: number;
  /** Strangers whose connection ended without an answer. */
  readonly lost: number;
}

function noteOf(name: string, rounds: readonly Round[]): string {
  const of = (pick: (round: Round) => number): ReturnType<typeof spread> => spread(rounds.map(pick));
  const [quiet, flooded, ratio, cpu] = [
    of((round) => round.quiet.p99),
    of((round) => round.flooded.p99),
    of((round) => round.flooded.p99 / round.quiet.p99),
    of((round) => round.flooded.cpu / round.quiet.cpu),
  ];
  const asked = of(({ askedPerSecond }) => askedPerSecond).median.toFixed(0);
  const range = `${ratio.q1.toFixed(2)}–${ratio.q3.toFixed(2)}`;
  const lost = rounds.reduce((sum, round) => sum + round.lost, 0);
  const without = lost === 0 ? "" : `; ${lost} connections ended without an answer`;
  return `  ${name}; ${asked} asked per second${without}: ${quiet.median.toFixed(1)} ms → ${flooded.median.toFixed(1)} ms, ratio ${ratio.median.toFixed(2)} (${range}); CPU of the broker ${cpu.median.toFixed(2)}`;
}

/** Milliseconds of each, {@link VALID_WIDTH} at a time over as many new connections. @throws Error when one is refused */
async function times(url: string, forms: readonly Buffer[]): Promise<number[]> {
  const agent = connections();
  const taken: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let form = forms[next++]; form !== undefined; form = forms[next++]) {
      const start = performance.now();
      const { status, text } = await post(`${url}/token`, form, agent);
      taken.push(performance.now() - start);
      if (status !== 200) throw new Error(`a valid act was refused: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: VALID_WIDTH }, worker));
  agent.destroy();
  return taken;
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
}
