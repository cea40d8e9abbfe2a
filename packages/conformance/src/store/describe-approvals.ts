import type { ApprovalRecord, ApprovalStep } from "@watchword/core";
import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, type StoreScenario, entryOf, freshToken } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

const PARALLEL = 64;

/** How an approval ends, and what becomes due of it meanwhile. */
export function describeApprovals(make: MakeStorePlace): void {
  describe("the life of an approval", () => {
    storeTest(make, "of 64 decisions at once over two replicas, one counts", async (place) => {
      const approval = await pending(place.scenario);
      const other = await place.again();
      const decided = await Promise.all(
        Array.from({ length: PARALLEL }, (_, index) =>
          (index % 2 === 0 ? place.scenario : other).store.decideApproval(
            approval.id,
            index % 3 === 0 ? "denied" : "granted",
            `lead-${index}`,
            NOW,
            entryOf("approval"),
          ),
        ),
      );
      const winner = decided.indexOf(true);
      expect(decided.filter(Boolean)).toHaveLength(1);
      expect(await place.scenario.store.approval(approval.id)).toMatchObject({
        state: winner % 3 === 0 ? "denied" : "granted",
        decidedBy: `lead-${winner}`,
      });
      expect((await place.scenario.kinds()).filter((kind) => kind === "approval")).toHaveLength(1);
    });

    storeTest(
      make,
      "asking again spends and records nothing before it names the approval that is there",
      async ({ scenario }) => {
        const { store } = scenario;
        const approval = await pending(scenario);
        const before = await scenario.kinds();
        const token = freshToken();
        const again = {
          ...approval,
          id: "apr_again",
          expiresAt: approval.expiresAt + 60,
          createdAt: NOW + 60,
        };
        const kept = await store.requestApproval(again, token, entryOf("decision"));
        expect(kept).toEqual(approval);
        expect(await scenario.kinds()).toEqual(before);
        expect(await store.approval("apr_again")).toBeUndefined();
        expect(await store.requestApproval(approval, token, entryOf("decision"))).toEqual(approval);
        expect(await scenario.kinds()).toHaveLength(before.length + 1);
        expect(await store.requestApproval(approval, token, entryOf("decision"))).toBe("token_replayed");
      },
    );

    storeTest(make, "what has expired makes way for a new approval of the same", async ({ scenario }) => {
      const approval = await pending(scenario);
      const later = { ...entryOf("decision"), at: approval.expiresAt * 1_000 };
      const again = { ...approval, id: "apr_again", createdAt: approval.expiresAt };
      expect(await scenario.store.requestApproval(again, freshToken(), later)).toMatchObject({
        id: "apr_again",
      });
    });

    storeTest(
      make,
      "a withdrawn approval is neither decided nor spent, nor withdrawn again",
      async (place) => {
        const { scenario } = place;
        const { store } = scenario;
        const run = await scenario.startRun();
        const waiting = await pending(scenario);
        const granted = await scenario.granted(run);
        for (const { id } of [waiting, granted]) {
          expect(await store.withdrawApproval(id, NOW, entryOf("approval"))).toBe(true);
          expect(await store.withdrawApproval(id, NOW, entryOf("approval"))).toBe(false);
          expect(await store.decideApproval(id, "granted", "lead", NOW, entryOf("approval"))).toBe(false);
          expect((await store.approval(id))?.state).toBe("withdrawn");
        }
        expect(await scenario.spend(run, scenario.spendingOf(granted))).toBe("approval_withdrawn");
      },
    );

    storeTest(make, "what is spent, denied or expired is not withdrawn", async ({ scenario }) => {
      const { store } = scenario;
      const run = await scenario.startRun();
      const spent = await scenario.granted(run);
      expect(await scenario.spend(run, scenario.spendingOf(spent))).toBe("recorded");
      const denied = await pending(scenario);
      await store.decideApproval(denied.id, "denied", "lead", NOW, entryOf("approval"));
      const late = await pending(scenario);
      const before = await scenario.kinds();
      expect(await store.withdrawApproval(spent.id, NOW, entryOf("approval"))).toBe(false);
      expect(await store.withdrawApproval(denied.id, NOW, entryOf("approval"))).toBe(false);
      expect(await store.withdrawApproval(late.id, late.expiresAt, entryOf("approval"))).toBe(false);
      expect(await scenario.kinds()).toEqual(before);
    });

    storeTest(
      make,
      "what is due is found while it is pending or granted, first things first",
      async (place) => {
        const { scenario } = place;
        const { store } = scenario;
        const run = await scenario.startRun();
        const second = await scenario.granted(run, { progress: progress(NOW + 20) });
        const first = await pending(scenario, { progress: progress(NOW + 10) });
        const denied = await pending(scenario, { progress: progress(NOW) });
        await store.decideApproval(denied.id, "denied", "lead", NOW, entryOf("approval"));
        const due = async (now: number, limit = 10): Promise<string[]> =>
          (await store.approvalsDue(now, limit)).map(({ id }) => id);
        expect(await due(NOW + 9)).toEqual([]);
        expect(await due(NOW + 10)).toEqual([first.id]);
        expect(await due(NOW + 20)).toEqual([first.id, second.id]);
        expect(await due(NOW + 20, 1)).toEqual([first.id]);
      },
    );

    storeTest(
      make,
      "of 64 equal steps at once over two replicas, one is made and recorded",
      async (place) => {
        const approval = await pending(place.scenario);
        const other = await place.again();
        const step: ApprovalStep = {
          id: approval.id,
          from: { state: "pending", dueAt: approval.progress.dueAt },
          to: { state: "expired", progress: { ...progress(approval.expiresAt + 1), escalatedAt: NOW } },
          entry: entryOf("approval"),
        };
        const made = await Promise.all(
          Array.from({ length: PARALLEL }, (_, index) =>
            (index % 2 === 0 ? place.scenario : other).store.advanceApproval(step),
          ),
        );
        expect(made.filter(Boolean)).toHaveLength(1);
        expect(await place.scenario.store.approval(approval.id)).toMatchObject({
          state: "expired",
          progress: step.to.progress,
        });
        expect((await place.scenario.kinds()).filter((kind) => kind === "approval")).toHaveLength(1);
      },
    );

    storeTest(make, "a step is not made from what somebody else has changed", async ({ scenario }) => {
      const { store } = scenario;
      const approval = await pending(scenario);
      const step: ApprovalStep = {
        id: approval.id,
        from: { state: "pending", dueAt: approval.progress.dueAt },
        to: { state: "pending", progress: progress(NOW + 30) },
      };
      const before = await scenario.kinds();
      expect(await store.advanceApproval({ ...step, from: { state: "pending", dueAt: NOW } })).toBe(false);
      expect(await store.advanceApproval(step)).toBe(true);
      expect(await scenario.kinds()).toEqual(before);
      await store.decideApproval(approval.id, "granted", "lead", NOW, entryOf("approval"));
      expect(await store.advanceApproval({ ...step, from: { state: "pending", dueAt: NOW + 30 } })).toBe(
        false,
      );
      expect((await store.approval(approval.id))?.state).toBe("granted");
    });

    storeTest(make, "pending ones of every tenant are listed until they expire", async ({ scenario }) => {
      const { store } = scenario;
      const run = await scenario.startRun();
      const later = await pending(scenario, { expiresAt: NOW + 20 });
      const sooner = await pending(scenario, { tenant: "globex", expiresAt: NOW + 10 });
      await scenario.granted(run);
      const everywhere = async (now: number, limit = 10): Promise<string[]> =>
        (await store.pendingEverywhere(now, limit)).map(({ id }) => id);
      expect(await everywhere(NOW)).toEqual([sooner.id, later.id]);
      expect(await everywhere(NOW, 1)).toEqual([sooner.id]);
      expect(await everywhere(NOW + 10)).toEqual([later.id]);
    });

    storeTest(make, "of 64 spendings of one token id over two replicas, one counts", async (place) => {
      const other = await place.again();
      const token = freshToken();
      const spent = await Promise.all(
        Array.from({ length: PARALLEL }, (_, index) =>
          (index % 2 === 0 ? place.scenario : other).store.spendToken(token, NOW),
        ),
      );
      expect(spent.filter(Boolean)).toHaveLength(1);
      expect(await place.scenario.kinds()).toEqual([]);
    });
  });
}

async function pending(
  scenario: StoreScenario,
  change: Partial<ApprovalRecord> = {},
): Promise<ApprovalRecord> {
  const approval = scenario.approvalOf(await scenario.startRun(), change);
  await scenario.store.requestApproval(approval, freshToken(), entryOf("decision", approval.tenant));
  return approval;
}

const progress = (dueAt: number): ApprovalRecord["progress"] => ({
  dueAt,
  escalatedAt: null,
  noticeAt: null,
  noticeAttempts: 0,
});
