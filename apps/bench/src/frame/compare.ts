import { type Spread, spread } from "./spread.ts";

/** One of those that are compared: a server in a process of its own, or code that counts its own time. */
export interface Contestant {
  readonly name: string;
  /** Makes what `operations` use up (single-use tokens), outside of what is measured. */
  prepare?(operations: number): Promise<void>;
  /** Does that many operations, and says how many of them failed. */
  run(operations: number): Promise<number>;
  /** Microseconds of CPU that the measured process, with all its threads, has used so far. */
  cpuMicroseconds(): Promise<number>;
}

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  /** Operations of each contestant in a round: one half on the way there, one half on the way back. */
  readonly operations: number;
  readonly warmUp: number;
  /** Milliseconds after which no further round begins; the first three are always made. */
  readonly milliseconds: number;
}

/** What came of one contestant. */
export interface Row {
  readonly name: string;
  readonly cpuMicroseconds: Spread;
  /** CPU per operation divided by that of the base in the same round. */
  readonly ratio: Spread;
  /** Operations per second of wall time, as the one load generator of this machine made them. */
  readonly perSecond: number;
  readonly failures: number;
}

/** What came of a comparison. */
export interface Comparison {
  readonly base: string;
  readonly rounds: number;
  readonly operationsPerRound: number;
  readonly rows: readonly Row[];
}

/** Rounds that are made however long they take. */
const LEAST_ROUNDS = 3;

interface Tally {
  readonly perOperation: number[];
  milliseconds: number;
  operations: number;
  failures: number;
}

/**
 * Compares by CPU per operation. All contestants live from the first round to the last and one works at a time, in the order
 * A B C C B A; what disturbs the machine so disturbs neighbours alike. Ratios are made within a round, then their middle is
 * taken. The first of the contestants is the base.
 */
export async function compare(
  contestants: readonly Contestant[],
  effort: Effort,
  { now, progress }: { readonly now: () => number; readonly progress: (text: string) => void },
): Promise<Comparison> {
  const [first] = contestants;
  if (first === undefined) throw new RangeError("nobody to compare");
  for (const contestant of contestants) {
    await contestant.prepare?.(effort.warmUp);
    await contestant.run(effort.warmUp);
  }
  const tallies = new Map<string, Tally>(
    contestants.map(({ name }) => [name, { perOperation: [], milliseconds: 0, operations: 0, failures: 0 }]),
  );
  const half = Math.ceil(effort.operations / 2);
  const order = [...contestants, ...contestants.toReversed()];
  const began = now();
  let rounds = 0;
  while (rounds < effort.rounds && (rounds < LEAST_ROUNDS || now() - began < effort.milliseconds)) {
    const used = new Map<string, number>();
    for (const contestant of order) {
      await contestant.prepare?.(half);
      const before = { cpu: await contestant.cpuMicroseconds(), at: now() };
      const failures = await contestant.run(half);
      const cpu = (await contestant.cpuMicroseconds()) - before.cpu;
      used.set(contestant.name, (used.get(contestant.name) ?? 0) + cpu);
      const tally = tallies.get(contestant.name);
      if (tally === undefined) continue;
      tally.milliseconds += now() - before.at;
      tally.operations += half;
      tally.failures += failures;
    }
    for (const [name, cpu] of used) tallies.get(name)?.perOperation.push(cpu / (2 * half));
    rounds += 1;
    progress(`round ${rounds} of ${effort.rounds}`);
  }
  const base = tallies.get(first.name)?.perOperation ?? [];
  return {
    base: first.name,
    rounds,
    operationsPerRound: 2 * half,
    rows: [...tallies].map(([name, tally]) => ({
      name,
      cpuMicroseconds: spread(tally.perOperation),
      ratio: spread(tally.perOperation.map((cpu, round) => cpu / (base[round] ?? Number.NaN))),
      perSecond: tally.milliseconds === 0 ? 0 : (tally.operations / tally.milliseconds) * 1_000,
      failures: tally.failures,
    })),
  };
}
