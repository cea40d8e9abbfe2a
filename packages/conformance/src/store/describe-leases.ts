import { newId } from "@watchword/core";
import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, entryOf, freshToken } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

/** Leases: who may use them how often, and that none is forgotten. */
export function describeLeases(make: MakeStorePlace): void {
  describe("a lease", () => {
    storeTest(make, "is used once by 64 requests at the same moment over two replicas", async (place) => {
      const minted = await place.scenario.mint(await place.scenario.startRun());
      const other = await place.again();
      const outcomes = await Promise.all(
        Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? place.scenario : other).claim(minted)),
      );
      expect(outcomes.filter((outcome) => outcome === "claimed")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "lease_used")).toHaveLength(63);
      expect((await place.scenario.kinds()).filter((kind) => kind === "use")).toHaveLength(1);
    });

    storeTest(make, "of three uses has three, each with a proof of its own", async ({ scenario }) => {
      const minted = await scenario.mint(await scenario.startRun(), {}, { maxUses: 3 });
      const proof = freshToken("urn:test:proof");
      expect(await scenario.claim(minted, { proof })).toBe("claimed");
      expect(await scenario.claim(minted, { proof })).toBe("token_replayed");
      expect(await scenario.claim(minted)).toBe("claimed");
      expect(await scenario.claim(minted)).toBe("claimed");
      expect(await scenario.claim(minted)).toBe("lease_used");
    });

    storeTest(make, "is dead at its expiry, after its end, and when it is unknown", async ({ scenario }) => {
      const run = await scenario.startRun();
      const minted = await scenario.mint(run);
      expect(await scenario.claim(minted, { now: minted.lease.expiresAt })).toBe("lease_expired");
      await scenario.store.endLease(minted.lease.id, "revoked", NOW, entryOf("revocation"));
      expect(await scenario.claim(minted)).toBe("lease_expired");
      const unknown = { ...minted, lease: { ...minted.lease, id: newId("lease", NOW) } };
      expect(await scenario.claim(unknown)).toBe("lease_unknown");
    });

    storeTest(make, "of an ended run, or of a run whose root ended, cannot be used", async (place) => {
      const { scenario } = place;
      const root = await scenario.startRun();
      const child = await scenario.startChild(root);
      const own = await scenario.mint(root);
      const inherited = await scenario.mint(child);
      await (await place.again()).store.endRun(root.id, NOW, entryOf("run_ended"));
      expect(await scenario.claim(own)).toBe("run_ended");
      expect(await scenario.claim(inherited)).toBe("run_ended");
    });

    storeTest(
      make,
      "is found by the hash of its handle, and by no other after a lost answer",
      async ({ scenario }) => {
        const { store } = scenario;
        const minted = await scenario.mint(await scenario.startRun());
        const { id, handleHash } = minted.lease;
        expect(await store.leaseByHandle(handleHash)).toEqual(minted.lease);
        expect(await store.lease(id)).toEqual(minted.lease);
        expect(await store.replaceHandle(id, "another-hash", entryOf("outcome"))).toBe(true);
        expect(await store.leaseByHandle(handleHash)).toBeUndefined();
        expect((await store.leaseByHandle("another-hash"))?.id).toBe(id);
        await scenario.useOnce(minted, "done");
        expect(await store.replaceHandle(id, "a-third-hash", entryOf("outcome"))).toBe(false);
      },
    );

    storeTest(
      make,
      "is due at its end, or at once when its run ended; ended ones are not",
      async ({ scenario }) => {
        const { store } = scenario;
        const due = async (now: number): Promise<string[]> =>
          (await store.leasesDue(now, 10)).map(({ id }) => id);
        const run = await scenario.startRun();
        const first = await scenario.mint(run);
        const second = await scenario.mint(await scenario.startRun(), {}, { expiresAt: NOW + 90 });
        expect(await due(NOW + 59)).toEqual([]);
        expect(await due(NOW + 60)).toEqual([first.lease.id]);
        expect(await due(NOW + 90)).toEqual([first.lease.id, second.lease.id]);
        expect(await store.leasesDue(NOW + 90, 1)).toHaveLength(1);
        await store.endRun(run.id, NOW, entryOf("run_ended"));
        expect(await due(NOW)).toEqual([first.lease.id]);
        await store.endLease(first.lease.id, "revoked", NOW, entryOf("revocation"));
        expect(await due(NOW)).toEqual([]);
      },
    );

    storeTest(make, "that was postponed is due behind the others, and still ends", async ({ scenario }) => {
      const { store } = scenario;
      const first = await scenario.mint(await scenario.startRun());
      const second = await scenario.mint(await scenario.startRun(), {}, { expiresAt: NOW + 61 });
      await store.postponeLease(first.lease.id, NOW + 70);
      expect((await store.leasesDue(NOW + 70, 10)).map(({ id }) => id)).toEqual([
        second.lease.id,
        first.lease.id,
      ]);
      await store.postponeLease(first.lease.id, NOW);
      expect((await store.leasesDue(NOW + 69, 10)).map(({ id }) => id)).toEqual([second.lease.id]);
      expect(await scenario.claim(first, { now: first.lease.expiresAt })).toBe("lease_expired");
      await store.endLease(first.lease.id, "revoked", NOW, entryOf("revocation"));
      await store.postponeLease(first.lease.id, NOW + 80);
      expect((await store.leasesDue(NOW + 90, 10)).map(({ id }) => id)).toEqual([second.lease.id]);
    });

    storeTest(make, "of a run that ended while it was minted is due at once", async ({ scenario }) => {
      const { store } = scenario;
      const run = await scenario.startRun();
      const intent = scenario.intentOf(run);
      await store.recordIntent(intent);
      await store.endRun(run.id, NOW, entryOf("run_ended"));
      const other = await scenario.mint(await scenario.startRun());
      const lease = {
        ...other.lease,
        id: intent.leaseId,
        decisionId: intent.decisionId,
        run: run.id,
        root: run.id,
      };
      await store.recordMint({
        minted: true,
        lease: { ...lease, handleHash: "its-own" },
        entry: entryOf("outcome"),
      });
      expect((await store.leasesDue(NOW, 10)).map(({ id }) => id)).toEqual([intent.leaseId]);
    });

    storeTest(make, "that ended has no credential left, and ends once", async ({ scenario }) => {
      const { store } = scenario;
      const { lease } = await scenario.mint(await scenario.startRun());
      await store.endLease(lease.id, "revoked", NOW, entryOf("revocation"));
      await store.endLease(lease.id, "unknown", NOW, entryOf("revocation"));
      expect(await store.lease(lease.id)).toEqual({ ...lease, sealed: null, revocation: "revoked" });
      expect((await scenario.kinds()).filter((kind) => kind === "revocation")).toHaveLength(1);
    });

    storeTest(make, "has one outcome for each use", async ({ scenario }) => {
      const minted = await scenario.mint(await scenario.startRun());
      const useId = newId("use", NOW);
      const settle = (): Promise<void> =>
        scenario.store.settle({
          useId,
          leaseId: minted.lease.id,
          outcome: { effect: "done", ids: { refund: "re_1" }, status: 200 },
          now: NOW,
          entry: entryOf("use_outcome"),
        });
      await expect(settle()).rejects.toMatchObject({ reason: "ledger_unavailable" });
      await scenario.claim(minted, { useId });
      await settle();
      await expect(settle()).rejects.toMatchObject({ reason: "ledger_unavailable" });
      expect((await scenario.kinds()).filter((kind) => kind === "use_outcome")).toHaveLength(1);
    });

    storeTest(
      make,
      "of several uses keeps its budget though one request did nothing",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const money = { minor: 100, currency: "USD" };
        const budgets = [{ key: "pages", amount: money, max: money, windowSeconds: 60 }];
        await scenario.useOnce(await scenario.mint(run, { budgets }, { maxUses: 2 }), "none");
        expect(await scenario.spend(run, { budgets })).toBe("budget_exceeded");
      },
    );
  });
}
