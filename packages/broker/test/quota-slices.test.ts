import type { QuotaDraw } from "@watchword/core";
import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { type QuotaCounter, QuotaSlices } from "../src/quotas/quota-slices.ts";
import { Database } from "../src/sqlite/database.ts";
import { SCHEMA } from "../src/sqlite/schema.ts";
import { drawQuota } from "../src/sqlite/write-quotas.ts";

const WINDOW = 1_200;

/** The store's own counting, in memory, and a clock that replicas share. */
function counted() {
  const database = new Database(":memory:", { readOnly: false, busyMilliseconds: 1 });
  database.exec(SCHEMA);
  const time = { now: 1_000_000 };
  const draws: QuotaDraw[] = [];
  const store = {
    drawQuota: async (draw: QuotaDraw) => {
      draws.push(draw);
      // Replicas take turns at the store.
      await Promise.resolve();
      return drawQuota({ database, chain: undefined as never }, draw);
    },
  };
  const replica = () => new QuotaSlices(store, { now: () => time.now });
  return { time, draws, replica, [Symbol.dispose]: () => database.close() };
}

const counter = (change: Partial<QuotaCounter> = {}): QuotaCounter => ({
  key: "k",
  tenant: "",
  limit: 320,
  windowMilliseconds: WINDOW,
  ...change,
});

describe("slices of a quota", () => {
  test("in no window, of all replicas together, are more than the limit, whoever asks and when", async () => {
    const step = record({
      pause: integer({ min: 0, max: 150 }),
      replica: integer({ min: 0, max: 2 }),
      requests: integer({ min: 1, max: 60 }),
      units: integer({ min: 1, max: 5 }),
      kind: constantFrom("new", "begun"),
      tenant: constantFrom("acme", "globex"),
    });
    await assert(
      asyncProperty(
        array(step, { minLength: 5, maxLength: 40 }),
        constantFrom(true, false),
        async (steps, shared) => {
          using place = counted();
          const replicas = [place.replica(), place.replica(), place.replica()];
          const used: { at: number; units: number }[] = [];
          for (const { pause, replica, requests, units, kind, tenant } of steps) {
            place.time.now += pause;
            const at = place.time.now;
            const asked = replicas[replica];
            if (asked === undefined) throw new Error("no such replica");
            const one = counter({ tenant: shared ? tenant : "" });
            const taken = await Promise.all(
              Array.from({ length: requests }, () => asked.take(one, units, kind)),
            );
            for (const until of taken) {
              if (until === undefined) used.push({ at, units });
              else expect(until).toBeGreaterThan(at);
            }
            const inWindow = used.filter((use) => use.at > at - WINDOW);
            expect(inWindow.reduce((sum, use) => sum + use.units, 0)).toBeLessThanOrEqual(320);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("cost a statement now and then, and none once everything is used up", async () => {
    using place = counted();
    const replica = place.replica();
    const one = counter({ limit: 5_000 });
    for (let index = 0; index < 1_000; index++) expect(await replica.take(one, 1, "new")).toBeUndefined();
    expect(place.draws.length).toBeLessThan(40);
    for (let index = 0; index < 5_000; index++) await replica.take(one, 1, "new");
    const before = place.draws.length;
    for (let index = 0; index < 1_000; index++)
      expect(await replica.take(one, 1, "new")).toBeGreaterThan(place.time.now);
    expect(place.draws).toHaveLength(before);
  });

  test("cost one statement for all who come at once", async () => {
    using place = counted();
    const replica = place.replica();
    const taken = await Promise.all(Array.from({ length: 200 }, () => replica.take(counter(), 1, "new")));
    expect(taken.filter((until) => until === undefined)).toHaveLength(200);
    expect(place.draws).toHaveLength(2);
  });

  test("of a part of the window that is over are worth nothing", async () => {
    using place = counted();
    const replica = place.replica();
    for (let index = 0; index < 8; index++) await replica.take(counter(), 1, "new");
    const before = place.draws.length;
    place.time.now += WINDOW / 12;
    await replica.take(counter(), 1, "new");
    expect(place.draws).toHaveLength(before + 1);
  });

  test("of a store that cannot be asked are none, for everybody who waits", async () => {
    const replica = new QuotaSlices(
      { drawQuota: () => Promise.reject(new Error("down")) },
      { now: () => 1_000 },
    );
    const waiting = [1, 2, 3].map(() => replica.take(counter(), 1, "new"));
    const settled = await Promise.allSettled(waiting);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });
});
