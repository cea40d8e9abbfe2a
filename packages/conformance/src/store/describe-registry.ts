import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, entryOf } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

/** Tenants, policy and runs as rows: each change raises the epoch that voids older decisions. */
export function describeRegistry(make: MakeStorePlace): void {
  describe("the registry", () => {
    storeTest(
      make,
      "tells a tenant without connections from one that was never registered",
      async ({ scenario }) => {
        const { store } = scenario;
        expect(await store.connections("acme")).toBeUndefined();
        await store.putTenant("acme", entryOf("tenant"));
        expect(await store.connections("acme")).toEqual([]);
        expect(await store.connections("Acme")).toBeUndefined();
      },
    );

    storeTest(make, "registers a tenant once, however often it is put", async ({ scenario }) => {
      const { store } = scenario;
      await store.putTenant("acme", entryOf("tenant"));
      const epochs = await store.epochs(["tenant:acme"]);
      await store.putTenant("acme", entryOf("tenant"));
      expect(await store.epochs(["tenant:acme"])).toEqual(epochs);
      expect((await scenario.kinds()).filter((kind) => kind === "tenant")).toHaveLength(1);
    });

    storeTest(make, "raises the policy's epoch for another policy only", async (place) => {
      const { store } = place.scenario;
      const activate = (version: string): Promise<number> =>
        store.activatePolicy(version, "{}", entryOf("policy", null));
      const first = await activate("v1");
      expect(await activate("v1")).toBe(first);
      expect(await activate("v2")).toBe(first + 1);
      expect(await activate("v1")).toBe(first + 2);
      const other = await place.again();
      expect(await other.store.epochs(["policy"])).toEqual({ policy: first + 2 });
    });

    storeTest(make, "says 0 for an epoch that never moved", async ({ scenario }) => {
      expect(await scenario.store.epochs(["policy", "system:payments"])).toEqual({
        policy: 0,
        "system:payments": 0,
      });
    });

    storeTest(make, "keeps a run as it was started, and when it ended", async ({ scenario }) => {
      const { store } = scenario;
      const run = await scenario.startRun();
      expect(await store.run(run.id)).toEqual(run);
      await store.endRun(run.id, NOW + 5, entryOf("run_ended"));
      expect(await store.run(run.id)).toEqual({ ...run, endedAt: NOW + 5 });
      expect(await store.epochs([`run:${run.id}`])).toEqual({ [`run:${run.id}`]: 1 });
      expect(await store.run("run_unknown")).toBeUndefined();
    });

    storeTest(make, "keeps policies, the active one and what was active before", async (place) => {
      const { store } = place.scenario;
      expect(await store.activePolicy()).toBeUndefined();
      expect(await store.putPolicy("v2", "{2}", entryOf("policy", null))).toBe(true);
      expect(await store.putPolicy("v2", "{2}", entryOf("policy", null))).toBe(false);
      expect(await store.activePolicy()).toBeUndefined();
      const first = await store.activatePolicy("v1", "{1}", entryOf("policy", null));
      const other = await place.again();
      const second = await other.store.activatePolicy("v2", "{2}", entryOf("policy", null));
      expect(second).toBe(first + 1);
      expect(await store.activePolicy()).toEqual({ version: "v2", epoch: second, document: "{2}" });
      expect(await store.activatePolicy("v1", "{1}", entryOf("policy", null))).toBe(second + 1);
      expect((await store.policyHistory(2)).map(({ epoch, version }) => [epoch, version])).toEqual([
        [second + 1, "v1"],
        [second, "v2"],
      ]);
      expect([await store.policy("v2"), await store.policy("v3")]).toEqual(["{2}", undefined]);
    });
  });
}
