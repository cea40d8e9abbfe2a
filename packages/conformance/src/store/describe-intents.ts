import type { EpochSubject } from "@watchword/core";
import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, entryOf, freshToken } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

/** Step 3 of the durable order: what aborts it, and what becomes of a transaction id. */
export function describeIntents(make: MakeStorePlace): void {
  describe("an intent", () => {
    const SUBJECTS: readonly EpochSubject[] = ["policy", "tenant:acme", "agent:support", "system:payments"];
    for (const subject of SUBJECTS) {
      storeTest(make, `is void when the epoch of ${subject} moved since the decision`, async (place) => {
        const run = await place.scenario.startRun();
        const epochs = await place.scenario.store.epochs(SUBJECTS);
        expect(await place.scenario.spend(run, { epochs })).toBe("recorded");
        const other = await place.again();
        await other.store.advanceEpoch(subject, entryOf("policy", null));
        const before = await place.scenario.kinds();
        expect(await place.scenario.spend(run, { epochs })).toBe("state_changed");
        expect(await place.scenario.kinds()).toEqual(before);
      });
    }

    storeTest(
      make,
      "with an epoch of the future is void: another store's state is not ours",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        expect(await scenario.spend(run, { epochs: { policy: 99 } })).toBe("state_changed");
      },
    );

    storeTest(make, "is void once its run, or the root of its run, has ended", async (place) => {
      const { scenario } = place;
      const root = await scenario.startRun();
      const child = await scenario.startChild(root);
      expect(await scenario.spend(child)).toBe("recorded");
      const other = await place.again();
      expect(await other.store.endRun(root.id, NOW, entryOf("run_ended"))).toBe(true);
      expect(await scenario.spend(root)).toBe("run_ended");
      expect(await scenario.spend(child)).toBe("run_ended");
      expect(await other.store.endRun(root.id, NOW, entryOf("run_ended"))).toBe(false);
    });

    storeTest(
      make,
      "of a run that this store does not know, or of before a restore, is void",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        expect(await scenario.spend({ ...run, id: "run_unknown" })).toBe("run_ended");
        expect(await scenario.spend(run, { generation: "before-the-restore" })).toBe("run_ended");
      },
    );

    storeTest(make, "that is void spends nothing but its token", async ({ scenario }) => {
      const run = await scenario.startRun();
      const approval = await scenario.granted(run);
      const budget = {
        key: "b",
        amount: { minor: 100, currency: "USD" },
        max: { minor: 100, currency: "USD" },
        windowSeconds: 3_600,
      };
      const spending = {
        ...scenario.spendingOf(approval),
        budgets: [budget],
        once: { key: "o", windowSeconds: 60 },
      };
      const token = freshToken();
      expect(await scenario.spend(run, { ...spending, token, epochs: { policy: 7 } })).toBe("state_changed");
      expect(await scenario.spend(run, { ...spending, token })).toBe("token_replayed");
      expect(await scenario.spend(run, spending)).toBe("recorded");
    });

    storeTest(
      make,
      "whose answer was lost gives the same lease again, to the same run only",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const { intent } = await scenario.mint(run);
        const same = { txn: intent.txn, actionDigest: intent.actionDigest };
        expect(await scenario.store.recordIntent(scenario.intentOf(run, same))).toEqual({
          outcome: "repeated",
          leaseId: intent.leaseId,
        });
        const resumed = await scenario.startRun();
        expect(await scenario.spend(resumed, same)).toBe("already_done");
      },
    );

    storeTest(
      make,
      "whose answer was lost gives no lease again once an epoch moved",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const epochs = await scenario.store.epochs(["tenant:acme"]);
        const { intent } = await scenario.mint(run, { epochs });
        const same = { txn: intent.txn, actionDigest: intent.actionDigest };
        await scenario.store.advanceEpoch("tenant:acme", entryOf("tenant"));
        expect(await scenario.spend(run, { ...same, epochs })).toBe("state_changed");
        const anew = await scenario.store.epochs(["tenant:acme"]);
        expect(await scenario.spend(run, { ...same, epochs: anew })).toBe("repeated");
      },
    );

    storeTest(make, "of a used or ended lease is already done", async ({ scenario }) => {
      const run = await scenario.startRun();
      const used = await scenario.mint(run);
      await scenario.useOnce(used, "done");
      const again = ({ intent }: typeof used): { txn: string; actionDigest: string } => ({
        txn: intent.txn,
        actionDigest: intent.actionDigest,
      });
      expect(await scenario.spend(run, again(used))).toBe("already_done");
      const ended = await scenario.mint(run);
      await scenario.store.endLease(ended.lease.id, "revoked", NOW, entryOf("revocation"));
      expect(await scenario.spend(run, again(ended))).toBe("already_done");
      const expired = await scenario.mint(run);
      expect(await scenario.spend(run, { ...again(expired), now: NOW + 60 })).toBe("already_done");
    });

    storeTest(make, "with another action under a known transaction id is a replay", async ({ scenario }) => {
      const run = await scenario.startRun();
      const { intent } = await scenario.mint(run);
      expect(await scenario.spend(run, { txn: intent.txn, actionDigest: "another" })).toBe("token_replayed");
    });

    storeTest(make, "of another tenant may carry the same transaction id", async ({ scenario }) => {
      const { intent } = await scenario.mint(await scenario.startRun());
      const globex = await scenario.startRun({ tenant: "globex" });
      expect(await scenario.spend(globex, { txn: intent.txn, actionDigest: "another" })).toBe("recorded");
    });

    storeTest(
      make,
      "that definitely minted nothing may be tried again, with its approval",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const approval = await scenario.granted(run);
        const spending = {
          ...scenario.spendingOf(approval),
          once: { key: "o", windowSeconds: 60 },
        };
        const intent = scenario.intentOf(run, spending);
        await scenario.store.recordIntent(intent);
        await scenario.failMint(intent, true);
        expect((await scenario.store.approval(approval.id))?.state).toBe("granted");
        expect(await scenario.spend(run, spending)).toBe("recorded");
      },
    );

    storeTest(make, "whose mint nobody knows stays in the way, with all it spent", async ({ scenario }) => {
      const run = await scenario.startRun();
      const approval = await scenario.granted(run);
      const spending = scenario.spendingOf(approval);
      const intent = scenario.intentOf(run, spending);
      await scenario.store.recordIntent(intent);
      expect(await scenario.spend(run, spending)).toBe("outcome_unknown");
      await scenario.failMint(intent, false);
      expect(await scenario.spend(run, spending)).toBe("outcome_unknown");
      expect((await scenario.store.approval(approval.id))?.state).toBe("spent");
    });

    storeTest(make, "has one outcome", async ({ scenario }) => {
      const run = await scenario.startRun();
      const { intent, lease } = await scenario.mint(run);
      await expect(scenario.failMint(intent, true)).rejects.toMatchObject({ reason: "ledger_unavailable" });
      await expect(
        scenario.store.recordMint({ minted: true, lease, entry: entryOf("outcome") }),
      ).rejects.toMatchObject({ reason: "ledger_unavailable" });
    });

    storeTest(
      make,
      "without an outcome is found after its deadline, and closed with what it spent",
      async (place) => {
        const { scenario } = place;
        const run = await scenario.startRun();
        const once = { key: "o", windowSeconds: 60 };
        const intent = scenario.intentOf(run, { once });
        await scenario.store.recordIntent(intent);
        await scenario.mint(run);
        const recovering = await place.reopen();
        expect(await recovering.store.openIntents(intent.deadline - 1, 10)).toEqual([]);
        const { decisionId, leaseId, tenant, system } = intent;
        expect(await recovering.store.openIntents(intent.deadline, 10)).toEqual([
          { decisionId, leaseId, tenant, system, run: run.id, now: NOW },
        ]);
        await recovering.store.closeOrphan(decisionId, entryOf("recovery"));
        await recovering.store.closeOrphan(decisionId, entryOf("recovery"));
        expect((await recovering.kinds()).filter((kind) => kind === "recovery")).toHaveLength(1);
        expect(await recovering.store.openIntents(intent.deadline, 10)).toEqual([]);
        expect(await recovering.spend(run, { once, now: NOW + 3_600 })).toBe("effect_pending");
      },
    );
  });

  describe("an effect that may happen once", () => {
    const once = { key: "tenant|refund|ch_1", windowSeconds: 100 };

    storeTest(
      make,
      "is pending until its outcome is known, however long that takes",
      async ({ scenario }) => {
        const run = await scenario.startRun();
        const minted = await scenario.mint(run, { once });
        expect(await scenario.spend(run, { once })).toBe("effect_pending");
        await scenario.useOnce(minted, "unknown");
        expect(await scenario.spend(run, { once })).toBe("effect_pending");
        expect(await scenario.spend(run, { once, now: NOW + 1_000 })).toBe("effect_pending");
        await scenario.store.endLease(minted.lease.id, "injected_only", NOW, entryOf("revocation"));
        expect(await scenario.spend(run, { once })).toBe("effect_pending");
      },
    );

    storeTest(make, "once done stays done until its window is over", async ({ scenario }) => {
      const run = await scenario.startRun();
      await scenario.useOnce(await scenario.mint(run, { once }), "done");
      expect(await scenario.spend(run, { once })).toBe("already_done");
      expect(await scenario.spend(run, { once, now: NOW + 99 })).toBe("already_done");
      expect(await scenario.spend(run, { once, now: NOW + 100 })).toBe("recorded");
    });

    storeTest(make, "that surely did not happen may be tried again", async ({ scenario }) => {
      const run = await scenario.startRun();
      await scenario.useOnce(await scenario.mint(run, { once }), "none");
      const unused = await scenario.mint(run, { once });
      await scenario.store.endLease(unused.lease.id, "injected_only", NOW, entryOf("revocation"));
      expect(await scenario.spend(run, { once })).toBe("recorded");
    });

    storeTest(make, "is done once by 32 runs at the same moment over two replicas", async (place) => {
      const other = await place.again();
      const run = await place.scenario.startRun();
      const outcomes = await Promise.all(
        Array.from({ length: 32 }, (_, index) =>
          (index % 2 === 0 ? place.scenario : other).spend(run, { once }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === "recorded")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "effect_pending")).toHaveLength(31);
    });
  });
}
