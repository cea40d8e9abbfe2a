import type { BudgetClaim, Store } from "@watchword/core";
import { StoreScenario, entryOf, freshToken } from "@watchword/conformance";
import { describe, expect, test } from "vitest";
import { verifyLedger } from "../src/ledger/verify-ledger.ts";
import { type PostgresPlace, postgresPlace } from "./postgres-place.ts";

const REPLICAS = 3;
const CLIENTS = 64;
/** More with `WATCHWORD_LONG=1`. */
const ROUNDS = process.env["WATCHWORD_LONG"] === "1" ? 200 : 3;

/** Several replicas on one database, and what 64 clients of each do at once. */
async function replicas(
  body: (parts: {
    readonly place: PostgresPlace;
    readonly scenarios: readonly StoreScenario[];
    readonly everywhere: <Result>(
      act: (scenario: StoreScenario, client: number) => Promise<Result>,
    ) => Promise<Result[]>;
  }) => Promise<void>,
): Promise<void> {
  await using place = await postgresPlace();
  const stores: Store[] = [];
  try {
    for (let index = 0; index < REPLICAS; index++) stores.push(await place.open());
    const scenarios = stores.map((store) => new StoreScenario(store));
    await body({
      place,
      scenarios,
      everywhere: (act) =>
        Promise.all(
          scenarios.flatMap((scenario) =>
            Array.from({ length: CLIENTS }, (_, client) => act(scenario, client)),
          ),
        ),
    });
    const [store] = stores;
    if (store !== undefined)
      expect((await verifyLedger(store, { notes: [], earlier: [] })).firstProblem).toBeUndefined();
  } finally {
    for (const store of stores) await store[Symbol.asyncDispose]();
  }
}

const count = (outcomes: readonly string[], outcome: string): number =>
  outcomes.filter((each) => each === outcome).length;
const first = (scenarios: readonly StoreScenario[]): StoreScenario => {
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error("there is no replica");
  return scenario;
};

describe(`over ${REPLICAS} replicas with ${CLIENTS} clients each`, () => {
  test("one approval is spent once", async () => {
    await replicas(async ({ scenarios, everywhere }) => {
      const run = await first(scenarios).startRun();
      for (let round = 0; round < ROUNDS; round++) {
        const approval = await first(scenarios).granted(run);
        const outcomes = await everywhere((scenario) => scenario.spend(run, scenario.spendingOf(approval)));
        expect(count(outcomes, "recorded")).toBe(1);
        // The same txn: whoever comes second sees that the first one's mint is under way.
        expect(count(outcomes, "outcome_unknown")).toBe(outcomes.length - 1);
      }
    });
  });

  test("one assertion is accepted once", async () => {
    await replicas(async ({ scenarios, everywhere }) => {
      const run = await first(scenarios).startRun();
      for (let round = 0; round < ROUNDS; round++) {
        const token = freshToken();
        const outcomes = await everywhere((scenario) => scenario.spend(run, { token }));
        expect(count(outcomes, "recorded")).toBe(1);
        expect(count(outcomes, "token_replayed")).toBe(outcomes.length - 1);
      }
    });
  });

  test("tokens replayed in opposite orders block nobody", async () => {
    await replicas(async ({ scenarios, everywhere }) => {
      const run = await first(scenarios).startRun();
      const tokens = Array.from({ length: CLIENTS }, () => freshToken());
      const outcomes = await everywhere((scenario, client) => {
        const forwards = scenarios.indexOf(scenario) % 2 === 0;
        const token = tokens[forwards ? client : CLIENTS - 1 - client];
        return scenario.spend(run, token === undefined ? {} : { token });
      });
      expect(count(outcomes, "recorded")).toBe(CLIENTS);
      expect(count(outcomes, "token_replayed")).toBe(outcomes.length - CLIENTS);
    });
  });

  test("a budget is drawn to its last unit and not one further, while some of it comes back", async () => {
    await replicas(async ({ place, scenarios, everywhere }) => {
      const run = await first(scenarios).startRun();
      for (let round = 0; round < ROUNDS; round++) {
        const comesBack = round % 2 === 1;
        const claim = (key: string, minor: number): BudgetClaim => ({
          key: `${key}|${round}`,
          amount: { minor, currency: "USD" },
          max: { minor: 1_000, currency: "USD" },
          windowSeconds: 3_600,
        });
        const outcomes = await everywhere(async (scenario, client) => {
          // Two budgets in either order, so that a lock taken in the order of arrival would wait in a circle.
          const budgets = [claim("tenant", 30), claim("run", 30)];
          const intent = scenario.intentOf(run, {
            budgets: client % 2 === 0 ? budgets : budgets.toReversed(),
          });
          const { outcome } = await scenario.store.recordIntent(intent);
          if (outcome === "recorded" && comesBack && client % 4 === 0) {
            await scenario.failMint(intent, true);
            return "given back";
          }
          return outcome;
        });
        const kept = count(outcomes, "recorded");
        const rows = await place.as("owner")`
          SELECT sum(minor)::int AS minor FROM watchword.budget WHERE key LIKE ${`%|${round}`} GROUP BY key`;
        expect(rows.map(({ minor }) => Number(minor))).toEqual([kept * 30, kept * 30]);
        if (comesBack) expect(kept * 30).toBeLessThanOrEqual(1_000);
        else expect(kept).toBe(33);
        expect(
          count(outcomes, "recorded") + count(outcomes, "given back") + count(outcomes, "budget_exceeded"),
        ).toBe(outcomes.length);
      }
    });
  });

  test("one use of a lease is claimed once, whoever ends it meanwhile", async () => {
    await replicas(async ({ scenarios, everywhere }) => {
      const run = await first(scenarios).startRun();
      for (let round = 0; round < ROUNDS; round++) {
        const minted = await first(scenarios).mint(run);
        const outcomes = await everywhere(async (scenario, client) => {
          if (client !== CLIENTS / 2) return scenario.claim(minted);
          await scenario.store.endLease(minted.lease.id, "revoked", 1, entryOf("revocation"));
          return "ended";
        });
        expect(count(outcomes, "claimed")).toBeLessThanOrEqual(1);
        expect(count(outcomes, "ended")).toBe(REPLICAS);
      }
    });
  });
});
