import { newId } from "@watchword/core";
import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { type MintedLease, NOW, type StoreScenario, entryOf, freshToken } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

const JOB = { job: { until: NOW + 180, grantDigest: "digest" } };

/** Leases that last longer than their first end, and all that must not. */
export function describeProlongation(make: MakeStorePlace): void {
  const job = async (scenario: StoreScenario): Promise<MintedLease> =>
    scenario.mint(await scenario.startRun(), {}, { ...JOB, grace: { seconds: 10, end: NOW + 60 } });

  describe("the lease of a job", () => {
    storeTest(make, "lasts to each end that is recorded, and not beyond its last", async ({ scenario }) => {
      const { store } = scenario;
      const minted = await job(scenario);
      const { id } = minted.lease;
      expect(await scenario.prolong(minted)).toBe("prolonged");
      const until = NOW + 120;
      const expected = { ...minted.lease, expiresAt: until, grace: { seconds: 10, end: until } };
      expect(await store.lease(id)).toEqual(expected);
      expect((await store.leasesDue(until - 1, 10)).map((lease) => lease.id)).toEqual([]);
      expect((await store.leasesDue(until, 10)).map((lease) => lease.id)).toEqual([id]);
      expect(await scenario.prolong(minted)).toBe("lease_expired");
      expect(await scenario.prolong(minted, { until: NOW + 181 })).toBe("lease_expired");
      expect(await scenario.prolong(minted, { until: NOW + 180, now: until })).toBe("lease_expired");
      expect(await scenario.prolong(minted, { until: NOW + 180, now: until - 1 })).toBe("prolonged");
      expect((await scenario.kinds()).filter((kind) => kind === "outcome")).toHaveLength(3);
      expect(await scenario.claim(minted, { now: NOW + 179 })).toBe("claimed");
    });

    storeTest(
      make,
      "is one action's: of its tenant, run, transaction, digest and approval",
      async (place) => {
        const { scenario } = place;
        const minted = await job(scenario);
        const stranger = await scenario.startRun();
        for (const change of [
          { leaseId: newId("lease", NOW) },
          { tenant: "globex" },
          { run: stranger.id, root: stranger.id },
          { txn: "another" },
          { actionDigest: "another" },
          { approvalId: newId("apr", NOW) },
        ])
          expect(await scenario.prolong(minted, change)).toBe("lease_unknown");
        expect(await scenario.prolong(await scenario.mint(stranger))).toBe("lease_expired");
        const token = freshToken();
        expect(await scenario.prolong(minted, { token })).toBe("prolonged");
        expect(await (await place.again()).prolong(minted, { token, until: NOW + 180 })).toBe(
          "token_replayed",
        );
      },
    );

    storeTest(
      make,
      "that somebody ended stays ended, whatever the clock of who asks",
      async ({ scenario }) => {
        const { store } = scenario;
        const ordered = await job(scenario);
        await store.expireLease(ordered.lease.id, NOW + 30, entryOf("revocation"));
        expect(await scenario.prolong(ordered)).toBe("lease_expired");
        await store.postponeLease(ordered.lease.id, NOW + 30);
        expect(await scenario.prolong(ordered)).toBe("lease_expired");
        const revoked = await job(scenario);
        await store.endLease(revoked.lease.id, "revoked", NOW, entryOf("revocation"));
        expect(await scenario.prolong(revoked)).toBe("lease_expired");
        const frozen = await job(scenario);
        await store.freeze("system:payments", true, NOW, entryOf("freeze"));
        await store.freeze("system:payments", false, NOW, entryOf("freeze"));
        expect(await scenario.prolong(frozen)).toBe("lease_expired");
      },
    );

    storeTest(make, "needs its run, its store and the state that was decided by", async ({ scenario }) => {
      const minted = await job(scenario);
      expect(await scenario.prolong(minted, { generation: "another" })).toBe("run_ended");
      expect(await scenario.prolong(minted, { epochs: { policy: 7 } })).toBe("state_changed");
      expect(await scenario.prolong(minted, { epochs: { "run:run_1": 7 } })).toBe("run_ended");
      await scenario.store.endRun(minted.lease.run, NOW, entryOf("run_ended"));
      expect(await scenario.prolong(minted)).toBe("run_ended");
    });

    storeTest(make, "goes on while its use is open, and not once that is settled", async ({ scenario }) => {
      const minted = await job(scenario);
      const useId = newId("use", NOW);
      expect(await scenario.claim(minted, { useId })).toBe("claimed");
      expect(await scenario.prolong(minted)).toBe("prolonged");
      await scenario.store.settle({
        useId,
        leaseId: minted.lease.id,
        outcome: { effect: "done", ids: {}, status: 200 },
        now: NOW,
        entry: entryOf("use_outcome"),
      });
      expect(await scenario.prolong(minted, { until: NOW + 180 })).toBe("lease_used");
    });
  });
}
