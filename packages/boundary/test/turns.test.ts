import { canonicalJson } from "@watchword/core";
import { expect, test } from "vitest";
import type { Attempt, Row, Situation, World } from "../src/index.ts";
import { deriveRows } from "../src/index.ts";
import { systemValues } from "../src/matrix/system-values.ts";
import type { MadeBaseline } from "../src/run-shared.ts";
import { takeTurns } from "../src/take-turns.ts";
import { type Turn, turnsOf } from "../src/turns-of.ts";
import { code } from "./code.ts";
import { payments } from "./payments.ts";
import { CODE, PAYMENTS, policyOf } from "./policies.ts";

const WEEK = 604_800;
const refused: Attempt = {
  outcome: "refused",
  stage: "gateway",
  reason: "request_mismatch",
  failedFact: "credential",
  decisionId: "dec_1",
  detail: null,
  seen: { mints: 0, effects: 0, refused: 0 },
  records: 1,
  milliseconds: 1,
};
const allowed: Attempt = { ...refused, outcome: "allowed", stage: "done", reason: null };

async function spending(text: string, systems: Parameters<typeof systemValues>[0]) {
  const policy = policyOf(text);
  const { rows } = deriveRows(policy, await systemValues(systems, { now: () => 1_799_064_000_000 }));
  const own = rows.filter(({ alone }) => alone);
  return { own, ...turnsOf(own, policy) };
}

/** What comes of turns in a world that answers so. */
async function taken(turns: readonly Turn[], answer: (situation: Situation) => Attempt) {
  const attempts = new Map<Row, Attempt>();
  const kept: MadeBaseline[] = [];
  const world: World = {
    isolation: "same-process",
    attempt: async (situation) => answer(situation),
    prove: () => Promise.reject(new Error("nobody asks")),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const keys = new Map(turns.map(({ row }) => [row, canonicalJson(row.baseline)]));
  const left = await takeTurns(world, turns, { keys, attempts, keep: (made) => void kept.push(made) });
  return { left, attempts, kept };
}

test("rows that spend follow each other by more than any budget or once looks back", async () => {
  const { own, worlds, alone } = await spending(PAYMENTS, { payments });
  expect(alone).toEqual([]);
  const [turns = []] = worlds;
  expect(worlds).toHaveLength(1);
  expect(new Set(turns.map(({ row }) => row))).toEqual(new Set(own));
  const times = turns.map(({ mutated }) => mutated.at ?? 0);
  expect(times.slice(1).map((at, index) => at - (times[index] ?? 0))).toEqual(times.slice(1).map(() => WEEK));
  for (const { mutated, afterwards } of turns) {
    expect(mutated.before.map(({ at }) => at)).toEqual(mutated.before.map(() => mutated.at));
    expect(afterwards.at).toBe((times.at(-1) ?? 0) + WEEK);
  }
});

test("rows about test results have a world of their own: time does not undo those", async () => {
  const { own, worlds, alone } = await spending(CODE, { code });
  expect(worlds).toEqual([]);
  expect(alone).toEqual(own);
});

test("what is refused otherwise than it should be, or earlier, is given back: others may have been in its way", async () => {
  const { worlds } = await spending(PAYMENTS, { payments });
  const turns = (worlds[0] ?? []).filter(({ row }) =>
    ["other-object", "other-amount", "twice"].includes(row.mutation),
  );
  const answers = new Map<string, Attempt>([
    ["other-object", refused],
    // For the right reason, and by the broker: the changed request was never made.
    ["other-amount", { ...refused, stage: "act" }],
    ["twice", { ...refused, reason: "effect_pending" }],
  ]);
  const { left, attempts, kept } = await taken(turns, ({ request }) => answers.get(request) ?? allowed);
  expect(left.map(({ mutation }) => mutation)).toEqual(["other-amount", "twice"]);
  expect([...attempts.keys()].map(({ mutation }) => mutation)).toEqual(["other-object"]);
  expect(kept.map(({ attempt }) => attempt.outcome)).toEqual(["allowed"]);
});

test("a world that refuses everything proves nothing: its baseline comes last, and must be allowed", async () => {
  const { worlds } = await spending(PAYMENTS, { payments });
  const turns = (worlds[0] ?? []).filter(({ row }) => row.mutation.startsWith("other-"));
  const { left, kept } = await taken(turns, () => refused);
  expect(left).toHaveLength(turns.length);
  expect(kept).toEqual([]);
});
