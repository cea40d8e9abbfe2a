import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreScenario, entryOf, freshToken } from "@watchword/conformance";
import {
  type Clock,
  type Intent,
  type RunRecord,
  type Store,
  type TokenAnswer,
  type TokenRequest,
  newAction,
  randomToken,
  sha256,
} from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyLedger } from "../src/index.ts";
import type { RestoreOptions, Restored } from "../src/sqlite/index.ts";
import { refusalOf } from "./refusal-of.ts";
import type { RestorablePlace } from "./restorable-place.ts";
import { type TestRun, effects, refundOf, sendRefund, world } from "./world.ts";

/** NumericDate at which scenarios play, the backup is taken, and the restore happens. */
const NOW = 1_800_000_000;
const TAKEN = NOW + 10;
const RESTORED = NOW + 100;
const WINDOW = 3_600;

const at = (second: number): Clock => ({ now: () => second * 1_000 });
const options = (change: Partial<RestoreOptions> = {}): RestoreOptions => ({
  backupTakenAt: TAKEN * 1_000,
  clock: at(RESTORED),
  ...change,
});
const budget = (minor: number, more: { ofRun?: true; key?: string } = {}): Intent["budgets"][number] => ({
  key: "acme|refund",
  amount: { minor, currency: "USD" },
  max: { minor: 1_000, currency: "USD" },
  windowSeconds: WINDOW,
  ...more,
});
const once = { key: "once|ch_1", windowSeconds: WINDOW };

/** What a backup takes back must not be had twice: the same for every store. */
export function describeRestored(name: string, makePlace: () => Promise<RestorablePlace>): void {
  /** `before` the backup, `since` it, and what is there once it was put back and `restore`d. */
  const restored = async <Before>(
    place: RestorablePlace,
    steps: {
      readonly before?: (scenario: StoreScenario, run: RunRecord) => Promise<Before>;
      readonly since?: (scenario: StoreScenario, run: RunRecord, before: Before) => Promise<unknown>;
      readonly restore?: RestoreOptions | "not at all";
    },
  ): Promise<{
    scenario: StoreScenario;
    old: RunRecord;
    run: RunRecord;
    before: Before;
    report: Restored | undefined;
    generation: string;
  }> => {
    let store = await place.open();
    const first = new StoreScenario(store);
    const old = await first.startRun();
    const before = (await steps.before?.(first, old)) as Before;
    const { generation } = store;
    await store[Symbol.asyncDispose]();
    if (steps.since !== undefined) {
      await place.takeBackup();
      store = await place.open();
      await steps.since(new StoreScenario(store), old, before);
      await store[Symbol.asyncDispose]();
      await place.putBack();
    }
    const report =
      steps.restore === "not at all" ? undefined : await place.restore(steps.restore ?? options());
    const scenario = new StoreScenario(await place.open());
    return { scenario, old, run: await scenario.startRun(), before, report, generation };
  };
  const close = ({ store }: StoreScenario): PromiseLike<void> => store[Symbol.asyncDispose]();
  const lastRecord = async (store: Store) => {
    const all = await Promise.all(
      (await store.ledgerHeads()).map(({ replica }) => store.ledger({ replica, limit: 100 })),
    );
    return all.flat().findLast(({ kind }) => kind === "recovery");
  };

  describe(`${name}: snapshot, spend, restore, spend again`, () => {
    const evidence = (state: "pass" | "fail", commit: string) =>
      ({ source: "evals", commit, state, digest: sha256(commit), receivedAt: NOW, detail: "" }) as const;
    const before = async (first: StoreScenario, old: RunRecord) => {
      const { store } = first;
      await store.putTenant("acme", entryOf("tenant"));
      await store.putEvidence(evidence("pass", "a"), entryOf("evidence"));
      await store.putEvidence(evidence("fail", "b"), entryOf("evidence"));
      const pending = first.approvalOf(old);
      await store.requestApproval(pending, freshToken(), entryOf("decision"));
      return {
        pending,
        granted: await first.granted(old),
        used: await first.mint(old),
        kept: await first.mint(old, {
          once: { key: "once|ch_2", windowSeconds: WINDOW },
          budgets: [budget(1_000, { ofRun: true, key: "of an open lease" })],
        }),
        assertion: first.intentOf(old),
        epochs: await store.epochs(["policy", "tenant:acme"]),
      };
    };
    let place: RestorablePlace;
    let state: Awaited<ReturnType<typeof restored<Awaited<ReturnType<typeof before>>>>>;
    beforeAll(async () => {
      place = await makePlace();
      state = await restored(place, {
        before,
        since: async (second, old, { granted, used, kept, assertion }) => {
          expect(await second.spend(old, second.spendingOf(granted))).toBe("recorded");
          await second.useOnce(used, "done");
          await second.useOnce(kept, "done");
          await second.useOnce(await second.mint(old, { once }), "done");
          expect(await second.spend(old, { budgets: [budget(1_000)] })).toBe("recorded");
          expect(await second.store.recordIntent(assertion)).toEqual({ outcome: "recorded" });
        },
      });
    });
    afterAll(async () => {
      await close(state.scenario);
      await place[Symbol.asyncDispose]();
    });

    test("is refused for an approval: what was granted is withdrawn, what was asked for as well", async () => {
      const { scenario, run, report } = state;
      for (const approval of [state.before.granted, state.before.pending])
        expect(await scenario.spend(run, scenario.spendingOf(approval))).toBe("approval_withdrawn");
      expect(report?.approvals).toBe(2);
    });

    test("is refused for a once effect, until its window has passed since the restore", async () => {
      const again = (now: number) => state.scenario.spend(state.run, { once, now });
      expect(await again(RESTORED)).toBe("outcome_unknown");
      expect(await again(RESTORED + WINDOW - 1)).toBe("outcome_unknown");
      expect(await again(RESTORED + WINDOW)).toBe("recorded");
    });

    test("is refused for a budget, until its window has passed since the restore", async () => {
      const again = (now: number, ...budgets: Intent["budgets"]) =>
        state.scenario.spend(state.run, { budgets, now });
      const ofRun = { ofRun: true, key: "of the run" } as const;
      expect(await again(RESTORED, budget(1))).toBe("budget_exceeded");
      expect(await again(RESTORED + WINDOW - 1, budget(1))).toBe("budget_exceeded");
      expect(await again(RESTORED + WINDOW - 1, budget(1, ofRun), budget(1))).toBe("budget_exceeded");
      // A run that began after the restore has forgotten nothing.
      expect(await again(RESTORED, budget(900, ofRun))).toBe("recorded");
      expect(await again(RESTORED + WINDOW, budget(1))).toBe("recorded");
    });

    test("is refused for the same assertion, by its run, whatever generation its token names", async () => {
      const { scenario, old, report, generation } = state;
      expect(scenario.store.generation).not.toBe(generation);
      const again = (change: Partial<Intent>) =>
        scenario.store.recordIntent({ ...state.before.assertion, ...change });
      expect(await again({})).toEqual({ outcome: "run_ended" });
      const renamed = { generation: scenario.store.generation, token: freshToken() };
      expect(await again(renamed)).toEqual({ outcome: "run_ended" });
      expect(await scenario.store.run(old.id)).toMatchObject({ endedAt: RESTORED });
      expect(report?.runs).toBe(1);
    });

    test("is refused for a handle of before, whose lease is due", async () => {
      const { scenario, report } = state;
      const { used, kept } = state.before;
      expect(await scenario.claim(used)).toBe("run_ended");
      const due = await scenario.store.leasesDue(NOW, 10);
      expect(due.map(({ id }) => id).toSorted()).toEqual([used.lease.id, kept.lease.id].toSorted());
      expect(report?.leases).toBe(2);
    });

    test("is refused for what an open lease may have been used for: its end gives nothing back", async () => {
      const { scenario, run } = state;
      const { kept } = state.before;
      await scenario.store.endLease(kept.lease.id, "revoked", NOW, entryOf("revocation"));
      const effect = { once: kept.intent.once, now: RESTORED + WINDOW };
      expect(await scenario.spend(run, effect)).toBe("effect_pending");
      const left = { budgets: [budget(1, { ofRun: true, key: "of an open lease" })], now: RESTORED };
      expect(await scenario.spend(run, left)).toBe("budget_exceeded");
    });

    test("makes decisions of before stale, and green evidence wait for its source", async () => {
      const { store } = state.scenario;
      const epochs = await store.epochs(["policy", "tenant:acme"]);
      for (const subject of ["policy", "tenant:acme"] as const)
        expect(epochs[subject]).toBeGreaterThan(state.before.epochs[subject] ?? 0);
      expect(await store.evidence("evals", "a")).toMatchObject({ state: "pending" });
      expect(await store.evidence("evals", "b")).toMatchObject({ state: "fail" });
      expect(await store.putEvidence(evidence("pass", "a"), entryOf("evidence"))).toBe(false);
      expect(state.report?.evidence).toBe(1);
    });

    test("is a record, beside which the ledger still verifies", async () => {
      const { store } = state.scenario;
      expect(await lastRecord(store)).toMatchObject({
        kind: "recovery",
        at: RESTORED * 1_000,
        body: { outcome: "restored", backup_taken_at: TAKEN, forgotten_until: RESTORED, runs: 1 },
      });
      expect(await verifyLedger(store, { notes: [], earlier: [] })).toMatchObject({ ok: true });
    });

    test("passes without the command, which is why there is one", async () => {
      await using other = await makePlace();
      const {
        scenario,
        old,
        before: approval,
      } = await restored(other, {
        before: (first, run) => first.granted(run),
        since: (second, run, granted) =>
          second.spend(run, { ...second.spendingOf(granted), once, budgets: [budget(1_000)] }),
        restore: "not at all",
      });
      const again = { ...scenario.spendingOf(approval), once, budgets: [budget(1_000)] };
      expect(await scenario.spend(old, again)).toBe("recorded");
      await close(scenario);
    });
  });

  test(`${name}: a broker refuses the assertion, the run token and the handle of before; reads go on, refunds wait`, async () => {
    await using place = await makePlace();
    const directory = await mkdtemp(join(tmpdir(), "watchword-restored-"));
    const there = () => world({ directory, store: () => place.open() });
    const reasonOf = async (answer: Promise<TokenAnswer>) =>
      answer.then((a) => (a.ok ? "allowed" : a.reason));
    const read = () => newAction({ ...refundOf("ch_a1"), operation: "charges.retrieve" });
    try {
      const before = await there();
      const old = await before.start();
      const lease = await before.act(old, refundOf("ch_a1"));
      await before[Symbol.asyncDispose]();
      await place.takeBackup();

      const since = await there();
      const handle = lease.ok ? lease.access_token : "";
      expect((await sendRefund(since, old, handle, "charge=ch_a1")).status).toBe(200);
      let kept: TokenRequest | undefined;
      const request = (one: TokenRequest) => (kept = one);
      expect(await reasonOf(since.act(old, refundOf("ch_a2", 100), { request }))).toBe("allowed");
      await since[Symbol.asyncDispose]();
      await place.putBack();
      await place.restore({ backupTakenAt: Date.now() });

      const after = await there();
      if (kept === undefined) throw new Error("no request was kept");
      expect(await reasonOf(after.broker.client.token(kept))).toBe("run_ended");
      expect(await reasonOf(after.act(old, read()))).toBe("run_ended");
      const used = await sendRefund(after, old, handle, "charge=ch_a1");
      expect(await used.json()).toMatchObject({ reason: "run_ended" });
      const again = (run: TestRun) => reasonOf(after.act(run, refundOf("ch_a2", 100)));
      const run = await after.start();
      expect(await again(run)).toBe("outcome_unknown");
      expect(await reasonOf(after.act(run, read()))).toBe("allowed");
      expect(effects(after)).toBe(0);
      // A restore counts from a full second on.
      after.clock.advance(24 * 3_600 + 2);
      expect(await again(await after.start())).toBe("allowed");
      await after[Symbol.asyncDispose]();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  describe(`${name}: a restore`, () => {
    test("counts from the newest record when this machine's clock is behind the broker's", async () => {
      await using place = await makePlace();
      const { report, scenario } = await restored(place, {
        before: ({ store }) =>
          store.recordRefusal({ ...entryOf("decision"), at: (RESTORED + 500) * 1_000 + 1 }, undefined),
      });
      expect(report?.forgottenUntil).toBe(RESTORED + 501);
      await close(scenario);
    });

    test("refuses nothing of what an operator answers for, at once or later; both are recorded", async () => {
      await using place = await makePlace();
      const { scenario, run, report } = await restored(place, {
        restore: options({ acceptForgottenSpends: true }),
      });
      expect(report?.forgottenUntil).toBeNull();
      expect(await lastRecord(scenario.store)).toMatchObject({ body: { forgotten_until: "accepted" } });
      expect(await scenario.spend(run, { once, budgets: [budget(1)], now: RESTORED })).toBe("recorded");
      await close(scenario);

      await place.restore(options());
      let next = new StoreScenario(await place.open());
      const other = { key: randomToken(16), windowSeconds: WINDOW };
      const spendOther = async () =>
        next.spend(await next.startRun(), { once: other, budgets: [budget(1)], now: RESTORED });
      expect(await spendOther()).toBe("outcome_unknown");
      await close(next);
      const { generation } = next.store;
      const lift = { acceptForgottenSpends: true, clock: at(RESTORED + 1) };
      expect(await place.restore(lift)).toMatchObject({ forgottenUntil: null, runs: 0 });
      expect(await place.restore(lift)).toBeUndefined();
      next = new StoreScenario(await place.open());
      expect(next.store.generation).toBe(generation);
      expect(await spendOther()).toBe("recorded");
      expect(await next.kinds()).toContain("recovery");
      await close(next);
    });

    test("is refused while a broker has the store open, and for a backup from the future: nothing changes", async () => {
      await using place = await makePlace();
      const scenario = new StoreScenario(await place.open());
      const run = await scenario.startRun();
      expect((await refusalOf(place.restore(options()))).reason).toBe("configuration_invalid");
      expect(await scenario.spend(run)).toBe("recorded");
      await close(scenario);
      const future = await refusalOf(place.restore(options({ backupTakenAt: (RESTORED + 1) * 1_000 })));
      expect(future.message).toContain("in the future");
      expect((await refusalOf(place.restore(options({ backupTakenAt: Number.NaN })))).reason).toBe(
        "configuration_invalid",
      );
      const after = new StoreScenario(await place.open());
      expect(after.store.generation).toBe(scenario.store.generation);
      expect(await after.spend(run)).toBe("recorded");
      await close(after);
    });
  });
}
