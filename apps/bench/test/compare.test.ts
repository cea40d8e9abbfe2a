import { describe, expect, test } from "vitest";
import { type Contestant, type Effort, compare } from "../src/frame/compare.ts";
import { spread } from "../src/frame/spread.ts";

const EFFORT: Effort = { rounds: 5, operations: 10, warmUp: 4, milliseconds: 60_000 };

/** A clock that moves by what the contestants do, and a list of who worked when. */
function stage(): {
  now: () => number;
  contestant: (name: string, cost: (round: number) => number, failing?: number) => Contestant;
  readonly order: string[];
} {
  let milliseconds = 0;
  const order: string[] = [];
  return {
    now: () => milliseconds,
    order,
    contestant: (name, cost, failing = 0) => {
      let cpu = 0;
      let calls = 0;
      return {
        name,
        run: async (operations) => {
          order.push(`${name}${operations}`);
          // The first call is the warm-up; each round has two.
          const round = Math.ceil(calls++ / 2);
          cpu += cost(round) * operations;
          milliseconds += operations;
          return failing;
        },
        cpuMicroseconds: async () => cpu,
      };
    },
  };
}

describe("a comparison", () => {
  test("goes there and back in each round, after everybody warmed up", async () => {
    const { now, contestant, order } = stage();
    const contestants = ["a", "b", "c"].map((name) => contestant(name, () => 1));
    await compare(contestants, { ...EFFORT, rounds: 1 }, { now, progress: () => undefined });
    expect(order).toEqual(["a4", "b4", "c4", "a5", "b5", "c5", "c5", "b5", "a5"]);
  });

  test("divides within the round, so that a machine that slows down for all changes no ratio", async () => {
    const { now, contestant } = stage();
    const slower = (round: number): number => [0, 100, 300, 200, 900, 100][round] ?? 0;
    const { base, rounds, operationsPerRound, rows } = await compare(
      [contestant("limit", slower), contestant("broker", (round) => slower(round) * 1.5, 1)],
      EFFORT,
      { now, progress: () => undefined },
    );
    expect({ base, rounds, operationsPerRound }).toEqual({
      base: "limit",
      rounds: 5,
      operationsPerRound: 10,
    });
    expect(rows).toEqual([
      {
        name: "limit",
        cpuMicroseconds: { median: 200, q1: 100, q3: 300 },
        ratio: { median: 1, q1: 1, q3: 1 },
        perSecond: 1_000,
        failures: 0,
      },
      {
        name: "broker",
        cpuMicroseconds: { median: 300, q1: 150, q3: 450 },
        ratio: { median: 1.5, q1: 1.5, q3: 1.5 },
        perSecond: 1_000,
        // One of each half of each round; those of the warm-up are nobody's.
        failures: 10,
      },
    ]);
  });

  test("begins no further round after its time, but makes three", async () => {
    const { now, contestant } = stage();
    const { rounds } = await compare(
      [contestant("a", () => 1)],
      { ...EFFORT, milliseconds: 0 },
      {
        now,
        progress: () => undefined,
      },
    );
    expect(rounds).toBe(3);
  });

  test("has fresh forms made outside of what is measured", async () => {
    const { now, contestant } = stage();
    const inner = contestant("a", () => 7);
    let signing = 0;
    const { rows } = await compare(
      [
        {
          ...inner,
          prepare: async (operations) => void (signing += operations),
          cpuMicroseconds: async () => (await inner.cpuMicroseconds()) + signing * 1_000,
        },
      ],
      EFFORT,
      { now, progress: () => undefined },
    );
    expect(rows[0]?.cpuMicroseconds.median).toBe(7);
    expect(signing).toBe(4 + 5 * 10);
  });
});

describe("a spread", () => {
  test("lies between neighbours where no value is in the middle", () => {
    expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, q1: 1.75, q3: 3.25 });
    expect(spread([5])).toEqual({ median: 5, q1: 5, q3: 5 });
    expect(() => spread([])).toThrow(RangeError);
  });
});
