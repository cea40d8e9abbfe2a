import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, entryOf, freshToken } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

const PARALLEL = 64;

/** Token ids and approvals: each is spent by one caller only, however many ask at once and through whichever replica. */
export function describeSingleUse(make: MakeStorePlace): void {
  describe("what is spent once", () => {
    storeTest(make, "of 64 equal assertions at once over two replicas, one counts", async (place) => {
      const run = await place.scenario.startRun();
      const other = await place.again();
      const token = freshToken();
      const outcomes = await Promise.all(
        Array.from({ length: PARALLEL }, (_, index) =>
          (index % 2 === 0 ? place.scenario : other).spend(run, { token }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === "recorded")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "token_replayed")).toHaveLength(PARALLEL - 1);
    });

    storeTest(
      make,
      "a token id of one issuer does not use up the equal one of another",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const token = freshToken();
        expect(await scenario.spend(run, { token })).toBe("recorded");
        expect(await scenario.spend(run, { token: { ...token, issuer: "urn:test:another" } })).toBe(
          "recorded",
        );
      },
    );

    storeTest(make, "an assertion that was refused cannot be used again", async ({ scenario }) => {
      const run = await scenario.startRun();
      const token = freshToken();
      expect(await scenario.store.recordRefusal(entryOf("decision"), token)).toBe("recorded");
      expect(await scenario.spend(run, { token })).toBe("token_replayed");
      expect(await scenario.store.recordRefusal(entryOf("decision"), token)).toBe("token_replayed");
    });

    storeTest(make, "a workload or user token starts one run", async ({ scenario }) => {
      const run = await scenario.startRun();
      const token = freshToken();
      const start = (id: string): Promise<string> =>
        scenario.store.startRun({ ...run, id, root: id }, [token], entryOf("run_started"));
      expect(await Promise.all([start("run_1"), start("run_2")])).toEqual(["started", "token_replayed"]);
      expect(await scenario.store.run("run_2")).toBeUndefined();
    });

    storeTest(make, "of 64 acts with one approval over two replicas, one spends it", async (place) => {
      const run = await place.scenario.startRun();
      const approval = await place.scenario.granted(run);
      const other = await place.again();
      const outcomes = await Promise.all(
        Array.from({ length: PARALLEL }, (_, index) =>
          (index % 2 === 0 ? place.scenario : other).spend(run, place.scenario.spendingOf(approval)),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === "recorded")).toHaveLength(1);
      expect((await place.scenario.store.approval(approval.id))?.state).toBe("spent");
    });

    storeTest(
      make,
      "an approval of another action, transaction or tenant is not spent",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const approval = await scenario.granted(run);
        const fitting = scenario.spendingOf(approval);
        for (const change of [{ actionDigest: "other" }, { txn: "A".repeat(22) }, { tenant: "globex" }])
          expect(await scenario.spend(run, { ...fitting, ...change })).toBe("approval_denied");
        expect((await scenario.store.approval(approval.id))?.state).toBe("granted");
        expect(await scenario.spend(run, fitting)).toBe("recorded");
      },
    );

    storeTest(make, "a pending, denied, expired or unknown approval is not spent", async ({ scenario }) => {
      const run = await scenario.startRun();
      const { store } = scenario;
      const pending = scenario.approvalOf(run);
      await store.requestApproval(pending, freshToken(), entryOf("decision"));
      expect(await scenario.spend(run, scenario.spendingOf(pending))).toBe("approval_pending");
      await store.decideApproval(pending.id, "denied", "lead", NOW, entryOf("approval"));
      expect(await scenario.spend(run, scenario.spendingOf(pending))).toBe("approval_denied");
      const late = await scenario.granted(run, { expiresAt: NOW + 10 });
      expect(await scenario.spend(run, { ...scenario.spendingOf(late), now: NOW + 10 })).toBe(
        "approval_expired",
      );
      expect(await scenario.spend(run, { approvalId: "apr_unknown" })).toBe("approval_denied");
    });

    storeTest(make, "an approval is decided once, before its expiry", async ({ scenario }) => {
      const { store } = scenario;
      const run = await scenario.startRun();
      const approval = scenario.approvalOf(run);
      await store.requestApproval(approval, freshToken(), entryOf("decision"));
      const decide = (verdict: "granted" | "denied", now: number): Promise<boolean> =>
        store.decideApproval(approval.id, verdict, "lead", now, entryOf("approval"));
      expect(await decide("granted", approval.expiresAt)).toBe(false);
      expect(await Promise.all([decide("denied", NOW), decide("granted", NOW)])).toEqual([true, false]);
      expect(await store.approval(approval.id)).toMatchObject({ state: "denied", decidedBy: "lead" });
    });

    storeTest(
      make,
      "asking again for the same approval gives the one that is there",
      async ({ scenario }) => {
        const { store } = scenario;
        const run = await scenario.startRun();
        const approval = scenario.approvalOf(run);
        const request = (change: object): ReturnType<typeof store.requestApproval> =>
          store.requestApproval({ ...approval, ...change }, freshToken(), entryOf("decision"));
        expect(await request({})).toMatchObject({ id: approval.id, state: "pending" });
        expect(await request({ id: "apr_again" })).toMatchObject({ id: approval.id });
        expect(await request({ id: "apr_other", tenant: "globex" })).toMatchObject({ id: "apr_other" });
        await store.decideApproval(approval.id, "denied", "lead", NOW, entryOf("approval"));
        expect(await request({ id: "apr_after" })).toMatchObject({ id: "apr_after", state: "pending" });
      },
    );

    storeTest(
      make,
      "pending approvals are listed for their tenant only, until they expire",
      async ({ scenario }) => {
        const { store } = scenario;
        const run = await scenario.startRun();
        const approval = scenario.approvalOf(run);
        await store.requestApproval(approval, freshToken(), entryOf("decision"));
        expect(await store.pendingApprovals("acme", NOW)).toEqual([approval]);
        expect(await store.pendingApprovals("globex", NOW)).toEqual([]);
        expect(await store.pendingApprovals("acme", approval.expiresAt)).toEqual([]);
      },
    );
  });
}
