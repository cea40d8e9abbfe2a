import type { BudgetClaim, RunRecord } from "@watchword/core";
import { asyncProperty, array, assert, boolean, integer, record } from "fast-check";
import { describe, expect } from "vitest";
import { type BudgetDraw, SlowBudget } from "./slow-budget.ts";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, type StoreScenario, entryOf } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

const MAX = 1_000;
const WINDOW = 240;

/** Budgets: reserved with the intent, given back only when nothing happened, never over-drawn. */
export function describeBudgets(make: MakeStorePlace): void {
  describe("a budget", () => {
    const claim = (minor: number, change: Partial<BudgetClaim> = {}): BudgetClaim => ({
      key: "acme|refund",
      amount: { minor, currency: "USD" },
      max: { minor: MAX, currency: "USD" },
      windowSeconds: WINDOW,
      ...change,
    });

    storeTest(make, "is drawn to its last unit and not one further", async ({ scenario }) => {
      const run = await scenario.startRun();
      expect(await scenario.spend(run, { budgets: [claim(600)] })).toBe("recorded");
      expect(await scenario.spend(run, { budgets: [claim(401)] })).toBe("budget_exceeded");
      expect(await scenario.spend(run, { budgets: [claim(400)] })).toBe("recorded");
      expect(await scenario.spend(run, { budgets: [claim(1)] })).toBe("budget_exceeded");
      expect(await scenario.spend(run, { budgets: [claim(1, { key: "globex|refund" })] })).toBe("recorded");
    });

    storeTest(make, "in another currency is refused, not converted", async ({ scenario }) => {
      const run = await scenario.startRun();
      const foreign = claim(1, { amount: { minor: 1, currency: "JPY" } });
      expect(await scenario.spend(run, { budgets: [foreign] })).toBe("budget_exceeded");
    });

    storeTest(make, "of two is drawn for both or for none", async ({ scenario }) => {
      const run = await scenario.startRun();
      const small = { key: "small", max: { minor: 10, currency: "USD" } };
      expect(await scenario.spend(run, { budgets: [claim(600), claim(600, small)] })).toBe("budget_exceeded");
      expect(await scenario.spend(run, { budgets: [claim(MAX)] })).toBe("recorded");
    });

    storeTest(make, "is not over-drawn by 64 at once over two replicas", async (place) => {
      const run = await place.scenario.startRun();
      const other = await place.again();
      const outcomes = await Promise.all(
        Array.from({ length: 64 }, (_, index) =>
          (index % 2 === 0 ? place.scenario : other).spend(run, { budgets: [claim(90)] }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === "recorded")).toHaveLength(11);
    });

    storeTest(
      make,
      "comes back when nothing happened, and stays spent when nobody knows",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const budgets = [claim(MAX)];
        const refused = scenario.intentOf(run, { budgets });
        await scenario.store.recordIntent(refused);
        await scenario.failMint(refused, true);
        await scenario.useOnce(await scenario.mint(run, { budgets }), "none");
        const unused = await scenario.mint(run, { budgets });
        await scenario.store.endLease(unused.lease.id, "revoked", NOW, entryOf("revocation"));
        await scenario.useOnce(await scenario.mint(run, { budgets }), "unknown");
        expect(await scenario.spend(run, { budgets })).toBe("budget_exceeded");
        expect(await scenario.spend(run, { budgets, now: NOW + 2 * WINDOW })).toBe("recorded");
      },
    );

    storeTest(
      make,
      "agrees with a slow model: never laxer, stricter by a twelfth of the window at most",
      async (place) => {
        const run = await place.scenario.startRun();
        let world = 0;
        await assert(
          asyncProperty(
            array(
              record({
                pause: integer({ min: 0, max: 60 }),
                minor: integer({ min: 1, max: 400 }),
                fails: boolean(),
              }),
              {
                minLength: 4,
                maxLength: 14,
              },
            ),
            async (draws) => {
              const key = `model|${world++}`;
              await compare(place.scenario, run, draws, (minor) => claim(minor, { key }));
            },
          ),
          { numRuns: 60 },
        );
      },
    );
  });
}

async function compare(
  scenario: StoreScenario,
  run: RunRecord,
  draws: readonly { readonly pause: number; readonly minor: number; readonly fails: boolean }[],
  claim: (minor: number) => BudgetClaim,
): Promise<void> {
  const model = new SlowBudget(MAX, WINDOW);
  let now = NOW;
  for (const { pause, minor, fails } of draws) {
    now += pause;
    const draw: BudgetDraw = { at: now, minor };
    const intent = scenario.intentOf(run, { budgets: [claim(minor)], now });
    const { outcome } = await scenario.store.recordIntent(intent);
    if (outcome === "recorded") expect(model.allows(draw)).toBe(true);
    else {
      expect(outcome).toBe("budget_exceeded");
      expect(model.surelyAllows(draw)).toBe(false);
      continue;
    }
    if (fails) await scenario.failMint(intent, true);
    else model.take(draw);
  }
}
