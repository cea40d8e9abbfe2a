import type { QuotaDraw } from "@watchword/core";
import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { describe, expect } from "vitest";
import { SlowQuota } from "./slow-quota.ts";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, type StoreScenario, entryOf } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

const WINDOW = 1_200;
const START = NOW * 1_000;

/** What systems are asked: never more than they allow, shared out between tenants, and nothing through a closed door. */
export function describeQuotas(make: MakeStorePlace): void {
  describe("a quota", () => {
    const wish = (change: Partial<QuotaDraw>): QuotaDraw => ({
      key: "code|acme",
      tenant: "",
      wanted: 1,
      least: 1,
      limit: 100,
      windowMilliseconds: WINDOW,
      now: START,
      ...change,
    });

    storeTest(
      make,
      "is drawn to its last unit, and comes back as its window passes",
      async ({ scenario }) => {
        const { store } = scenario;
        expect(await store.drawQuota(wish({ wanted: 70 }))).toEqual({ units: 70, until: START + 100 });
        expect(await store.drawQuota(wish({ wanted: 70, now: START + 150 }))).toMatchObject({ units: 30 });
        const refused = await store.drawQuota(wish({ now: START + 200 }));
        expect(refused).toEqual({ units: 0, until: START + 1_300 });
        expect(await store.drawQuota(wish({ key: "code|globex", now: START + 200 }))).toMatchObject({
          units: 1,
        });
        expect(await store.drawQuota(wish({ wanted: 99, now: refused.until - 1 }))).toMatchObject({
          units: 0,
        });
        expect(await store.drawQuota(wish({ wanted: 99, now: refused.until }))).toMatchObject({ units: 70 });
      },
    );

    storeTest(make, "gives nothing where it cannot give what is needed", async ({ scenario }) => {
      expect(await scenario.store.drawQuota(wish({ wanted: 98 }))).toMatchObject({ units: 98 });
      expect(await scenario.store.drawQuota(wish({ wanted: 9, least: 5 }))).toMatchObject({ units: 0 });
      expect(await scenario.store.drawQuota(wish({ wanted: 9, least: 2 }))).toMatchObject({ units: 2 });
    });

    storeTest(make, "is not over-drawn by 64 at once over two replicas", async (place) => {
      const other = await place.again();
      const grants = await Promise.all(
        Array.from({ length: 64 }, (_, index) =>
          (index % 2 === 0 ? place.scenario : other).store.drawQuota(wish({ wanted: 7, least: 7 })),
        ),
      );
      expect(grants.filter(({ units }) => units === 7)).toHaveLength(14);
      expect(grants.filter(({ units }) => units !== 7 && units !== 0)).toEqual([]);
    });

    storeTest(make, "agrees with a slow model: in no window is more used than it allows", async (place) => {
      let world = 0;
      await assert(
        asyncProperty(
          array(
            record({
              pause: integer({ min: 0, max: 250 }),
              wanted: integer({ min: 1, max: 60 }),
              least: integer({ min: 1, max: 3 }),
              tenant: constantFrom("acme", "globex", "initech"),
            }),
            { minLength: 6, maxLength: 20 },
          ),
          constantFrom(true, false),
          async (draws, shared) => {
            const key = `model|${world++}`;
            await compare(
              place.scenario,
              draws.map(({ tenant, wanted, least }) =>
                wish({ key, tenant: shared ? tenant : "", wanted: Math.max(wanted, least), least }),
              ),
              draws.map(({ pause }) => pause),
            );
          },
        ),
        { numRuns: 15 },
      );
    });

    storeTest(
      make,
      "leaves every tenant a part, and in a window all that ask an equal one",
      async (place) => {
        const { store } = place.scenario;
        const tenants = ["acme", "globex", "initech"];
        const drawn = (parts: number, from: number, who: readonly string[]): Promise<Map<string, number>> =>
          drawAll(place.scenario, { parts, from, who }, (tenant, now) => wish({ tenant, now, wanted: 4 }));
        expect((await drawn(12, START, ["acme"])).get("acme")).toBe(75);
        const late = await store.drawQuota(wish({ tenant: "globex", wanted: 99, now: START + 1_199 }));
        expect(late.units).toBe(18);
        await drawn(24, START + WINDOW, tenants);
        const last = await drawn(13, START + 3 * WINDOW, tenants);
        // Three of three are ten parts of which nobody has more than three.
        for (const tenant of tenants) expect(Math.abs((last.get(tenant) ?? 0) - 30)).toBeLessThanOrEqual(6);
      },
    );
  });

  describe("a door", () => {
    const door = "door:code|acme";
    const intents = (scenario: StoreScenario, run: Parameters<StoreScenario["spend"]>[0], seen: number) =>
      scenario.spend(run, { epochs: { [door]: seen } });

    storeTest(make, "that closed since it was looked at makes what was decided void", async (place) => {
      const { scenario } = place;
      const run = await scenario.startRun();
      expect(await intents(scenario, run, 0)).toBe("recorded");
      const other = await place.again();
      expect(await other.store.closeDoor(door, NOW + 60, entryOf("door"))).toBe(true);
      expect(await intents(scenario, run, 0)).toBe("state_changed");
      expect(await scenario.store.epochs([door])).toEqual({ [door]: NOW + 60 });
      expect(await intents(scenario, run, NOW + 60)).toBe("recorded");
    });

    storeTest(
      make,
      "is closed for longer, never for less, and recorded when it was",
      async ({ scenario }) => {
        const close = (until: number) => scenario.store.closeDoor(door, until, entryOf("door"));
        expect([await close(NOW + 60), await close(NOW + 60), await close(NOW + 5)]).toEqual([
          true,
          false,
          false,
        ]);
        expect(await close(NOW + 61)).toBe(true);
        expect(await scenario.store.epochs([door])).toEqual({ [door]: NOW + 61 });
        expect((await scenario.kinds()).filter((kind) => kind === "door")).toHaveLength(2);
      },
    );
  });
}

async function compare(
  scenario: StoreScenario,
  draws: readonly QuotaDraw[],
  pauses: readonly number[],
): Promise<void> {
  const model = new SlowQuota(draws[0]?.limit ?? 0, WINDOW);
  let now = START;
  for (const [index, wanted] of draws.entries()) {
    now += pauses[index] ?? 0;
    const draw = { ...wanted, now };
    const shared = draw.tenant !== "";
    const own = model.mostUsed(now - WINDOW / 12, draw.tenant);
    const fits = model.surelyFits(draw.least, now);
    const grant = await scenario.store.drawQuota(draw);
    if (grant.units === 0) {
      expect(fits && (!shared || own === 0), "who has nothing is not refused while there is any").toBe(false);
      continue;
    }
    expect(grant.units).toBeGreaterThanOrEqual(draw.least);
    expect(grant.units).toBeLessThanOrEqual(draw.wanted);
    model.take(draw, grant);
    expect(model.mostUsed(now)).toBeLessThanOrEqual(draw.limit);
    const left = draw.limit - model.mostUsed(now);
    if (shared && grant.units > draw.least)
      expect(model.mostUsed(now, draw.tenant)).toBeLessThanOrEqual(3 * left);
  }
}

/** Everybody asks for more in each part of the window until nobody gets any; gives what each got. */
async function drawAll(
  { store }: StoreScenario,
  { parts, from, who }: { readonly parts: number; readonly from: number; readonly who: readonly string[] },
  wish: (tenant: string, now: number) => QuotaDraw,
): Promise<Map<string, number>> {
  const got = new Map<string, number>();
  for (let part = 0; part < parts; part++) {
    let asking = true;
    while (asking) {
      asking = false;
      // Each of them is the first in turn.
      for (let turn = 0; turn < who.length; turn++) {
        const tenant = who[(turn + part) % who.length] ?? "";
        const { units } = await store.drawQuota(wish(tenant, from + part * (WINDOW / 12)));
        if (units > 0) asking = true;
        got.set(tenant, (got.get(tenant) ?? 0) + units);
      }
    }
  }
  return got;
}
