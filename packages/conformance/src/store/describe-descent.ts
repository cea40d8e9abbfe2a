import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, entryOf, freshToken } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

/** Runs that descend from runs: they end together, over all replicas, and nothing starts under what has ended. */
export function describeDescent(make: MakeStorePlace): void {
  describe("a run that descends from another", () => {
    storeTest(make, "ends with any of its ancestors, and its leases are due at once", async (place) => {
      const { scenario } = place;
      const root = await scenario.startRun();
      const child = await scenario.startChild(root);
      const sibling = await scenario.startChild(root);
      const grandchild = await scenario.startChild(child);
      const lease = await scenario.mint(grandchild);
      const spared = await scenario.mint(sibling);
      const other = await place.again();
      expect(await other.store.endRun(child.id, NOW, entryOf("run_ended"))).toBe(true);
      expect(await scenario.spend(grandchild)).toBe("run_ended");
      expect(await scenario.claim(lease)).toBe("run_ended");
      expect((await scenario.store.leasesDue(NOW, 10)).map(({ id }) => id)).toEqual([lease.lease.id]);
      expect(await scenario.claim(spared)).toBe("claimed");
      expect(await scenario.spend(root)).toBe("recorded");
      await other.store.endRun(root.id, NOW, entryOf("run_ended"));
      expect(await scenario.spend(sibling)).toBe("run_ended");
      expect((await scenario.store.run(sibling.id))?.endedAt).toBe(NOW);
    });

    storeTest(make, "voids what was decided before an ancestor's end", async (place) => {
      const { scenario } = place;
      const root = await scenario.startRun();
      const child = await scenario.startChild(root);
      const epochs = await scenario.store.epochs([`run:${child.id}`]);
      await (await place.again()).store.endRun(root.id, NOW, entryOf("run_ended"));
      expect(await scenario.store.epochs([`run:${child.id}`])).not.toEqual(epochs);
    });

    storeTest(
      make,
      "does not start under a run that has ended, at any height, or was never there",
      async (place) => {
        const { scenario } = place;
        const root = await scenario.startRun();
        const child = await scenario.startChild(root);
        const start = (run: typeof root): Promise<string> =>
          scenario.store.startRun(run, [freshToken()], entryOf("run_started"));
        const stray = { ...scenario.childOf(child), ancestors: ["run_nobody", child.id] };
        expect(await start(stray)).toBe("run_ended");
        await scenario.store.endRun(root.id, NOW, entryOf("run_ended"));
        const orphan = scenario.childOf(child);
        expect(await start(orphan)).toBe("run_ended");
        expect(await scenario.store.run(orphan.id)).toBeUndefined();
      },
    );

    storeTest(
      make,
      "is never alive under an ended one, whichever of 32 ends and starts comes first",
      async (place) => {
        const { scenario } = place;
        const other = await place.again();
        for (let round = 0; round < 8; round++) {
          const root = await scenario.startRun();
          const children = Array.from({ length: 4 }, () => scenario.childOf(root));
          await Promise.all([
            ...children.map((child, index) =>
              (index % 2 === 0 ? scenario : other).store.startRun(
                child,
                [freshToken()],
                entryOf("run_started"),
              ),
            ),
            other.store.endRun(root.id, NOW, entryOf("run_ended")),
          ]);
          for (const child of children) expect(await scenario.spend(child)).toBe("run_ended");
        }
      },
    );
  });

  describe("a renewal", () => {
    storeTest(make, "lets a living run last longer, never shorter, once per token", async ({ scenario }) => {
      const run = await scenario.startRun();
      const token = freshToken();
      const renew = (expiresAt: number, with_ = freshToken()): Promise<string> =>
        scenario.store.renewRun(run.id, expiresAt, [with_], entryOf("run_renewed"));
      expect(await renew(NOW + 900, token)).toBe("started");
      expect(await renew(NOW + 950, token)).toBe("token_replayed");
      expect(await renew(NOW + 700)).toBe("started");
      expect((await scenario.store.run(run.id))?.expiresAt).toBe(NOW + 900);
    });

    storeTest(
      make,
      "of a run that has ended, or is frozen, or was never there, is none",
      async ({ scenario }) => {
        const renew = (id: string): Promise<string> =>
          scenario.store.renewRun(id, NOW + 900, [freshToken()], entryOf("run_renewed"));
        expect(await renew("run_nobody")).toBe("run_ended");
        // What had expired when its agent was frozen was not ended with it, and must not come back to life either.
        const expired = await scenario.startRun({ expiresAt: NOW - 1 });
        await scenario.store.freeze("agent:support", true, NOW, entryOf("freeze"));
        expect(await renew(expired.id)).toBe("frozen");
        await scenario.store.freeze("agent:support", false, NOW, entryOf("freeze"));
        const run = await scenario.startRun();
        await scenario.store.endRun(run.id, NOW, entryOf("run_ended"));
        expect(await renew(run.id)).toBe("run_ended");
      },
    );
  });

  describe("a freeze", () => {
    storeTest(
      make,
      "of an agent ends its runs and all that descends from them, on every replica",
      async (place) => {
        const { scenario } = place;
        const root = await scenario.startRun();
        const child = await scenario.startChild(root);
        const other = await place.again();
        expect(await other.store.freeze("agent:support", true, NOW, entryOf("freeze"))).toBe(true);
        expect(await other.store.freeze("agent:support", true, NOW, entryOf("freeze"))).toBe(false);
        expect([await scenario.spend(root), await scenario.spend(child)]).toEqual(["run_ended", "run_ended"]);
        const start = (run: typeof root): Promise<string> =>
          scenario.store.startRun(run, [freshToken()], entryOf("run_started"));
        const later = { ...root, id: `${root.id}_2`, root: `${root.id}_2` };
        expect(await start(later)).toBe("frozen");
        expect(await scenario.store.freeze("agent:support", false, NOW, entryOf("freeze"))).toBe(true);
        expect(await start(later)).toBe("started");
        expect(await scenario.spend(root), "thawing revives nothing").toBe("run_ended");
      },
    );

    storeTest(make, "of an agent lets nothing start below a run of it that had expired", async (place) => {
      const { scenario } = place;
      // Expired runs are not ended by a freeze: there may be very many of them.
      const expired = await scenario.startRun({ expiresAt: NOW - 1 });
      const child = scenario.childOf(expired);
      const start = (): Promise<string> =>
        scenario.store.startRun(child, [freshToken()], entryOf("run_started"));
      await scenario.store.freeze("agent:support", true, NOW, entryOf("freeze"));
      expect(await start()).toBe("frozen");
      await scenario.store.freeze("agent:support", false, NOW, entryOf("freeze"));
      expect(await start()).toBe("started");
    });

    storeTest(make, "of a tenant ends its runs and no other's", async ({ scenario }) => {
      const acme = await scenario.startRun();
      const globex = await scenario.startRun({ tenant: "globex" });
      await scenario.store.freeze("tenant:acme", true, NOW, entryOf("freeze"));
      expect(await scenario.spend(acme)).toBe("run_ended");
      expect(await scenario.spend(globex)).toBe("recorded");
      expect(await scenario.store.frozen(["tenant:acme", "tenant:globex"])).toEqual(["tenant:acme"]);
    });

    storeTest(
      make,
      "of a system stops its leases, and voids what was decided before",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const lease = await scenario.mint(run);
        const epochs = await scenario.store.epochs(["system:payments"]);
        await scenario.store.freeze("system:payments", true, NOW, entryOf("freeze"));
        expect(await scenario.claim(lease)).toBe("frozen");
        expect((await scenario.store.leasesDue(NOW, 10)).map(({ id }) => id)).toEqual([lease.lease.id]);
        expect(await scenario.spend(run, { epochs })).toBe("state_changed");
      },
    );

    storeTest(make, "survives a restart", async (place) => {
      await place.scenario.store.freeze("tenant:acme", true, NOW, entryOf("freeze"));
      expect(await (await place.reopen()).store.frozen(["tenant:acme"])).toEqual(["tenant:acme"]);
    });
  });

  describe("a released lease", () => {
    storeTest(make, "opens nothing at a gateway, and its budget does not come back", async ({ scenario }) => {
      const run = await scenario.startRun();
      const budget = {
        key: "b",
        amount: { minor: 600, currency: "USD" },
        max: { minor: 1_000, currency: "USD" },
        windowSeconds: 3_600,
      };
      const lease = await scenario.mint(run, { budgets: [budget] }, { custody: "released" });
      expect(await scenario.claim(lease)).toBe("lease_unknown");
      await scenario.store.endLease(lease.lease.id, "revoked", NOW, entryOf("revocation"));
      expect(await scenario.spend(run, { budgets: [budget] })).toBe("budget_exceeded");
    });
  });
}
