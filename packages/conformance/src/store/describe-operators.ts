import { type LedgerEntry, digestOf, newId } from "@watchword/core";
import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { type MintedLease, NOW, type StoreScenario, entryOf } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

/** What operators look up, stop and erase: complete, in pages, and nothing of another tenant among it. */
export function describeOperators(make: MakeStorePlace): void {
  describe("what operators list", () => {
    storeTest(
      make,
      "holds each decision once, the latest first, in pages, of one tenant or all",
      async (place) => {
        const { scenario } = place;
        const other = await place.again();
        const ids = [];
        for (let second = 0; second < 6; second++) {
          const tenant = second % 2 === 0 ? "acme" : "globex";
          const { store } = second % 3 === 0 ? scenario : other;
          const entry = decision({ kind: second === 4 ? "run_started" : "decision", tenant, second });
          await store.recordRefusal(entry, undefined);
          ids.unshift(entry.decisionId);
        }
        const decided = ids.filter((_, index) => index !== 1);
        const listed = async (of: { tenant?: string; before?: string; limit: number }) =>
          (await scenario.store.decisions(of)).map(({ decisionId }) => decisionId);
        expect(await listed({ limit: 10 })).toEqual(decided);
        expect(await listed({ limit: 2 })).toEqual(decided.slice(0, 2));
        expect(await listed({ limit: 2, before: decided[1] ?? "" })).toEqual(decided.slice(2, 4));
        expect(await listed({ limit: 10, before: decided.at(-1) ?? "" })).toEqual([]);
        expect(await listed({ limit: 10, tenant: "globex" })).toEqual([ids[0], ids[2], ids[4]]);
        expect(await listed({ limit: 1, tenant: "globex", before: ids[2] ?? "" })).toEqual([ids[4]]);
        expect(await listed({ limit: 10, tenant: "Globex" })).toEqual([]);
        expect(await listed({ limit: 0 })).toHaveLength(1);
      },
    );

    storeTest(
      make,
      "tells a decision's own record from later ones of the same decision, over replicas",
      async (place) => {
        const { scenario } = place;
        const other = await place.again();
        const refused = decision({ kind: "decision", second: 2 });
        const intent = { ...scenario.intentOf(await scenario.startRun()) };
        const decisionId = intent.decisionId;
        await other.store.recordRefusal({ ...refused, decisionId }, undefined);
        await scenario.store.recordIntent({
          ...intent,
          entry: { ...decision({ kind: "intent", second: 1 }), decisionId },
        });
        await other.store.recordRefusal({ ...decision({ kind: "use", second: 3 }), decisionId }, undefined);
        const own = (await scenario.store.decisions({ limit: 10 })).filter(
          (record) => record.decisionId === decisionId,
        );
        expect(own.map(({ kind }) => kind)).toEqual(["intent"]);
        const records = await other.store.decisionRecords(decisionId);
        expect(records.map(({ kind }) => kind)).toEqual(["intent", "decision", "use"]);
        expect(own).toEqual(records.slice(0, 1));
        expect(await scenario.store.decisionRecords(newId("dec", 1))).toEqual([]);
      },
    );

    storeTest(make, "finds the decisions by what they did: who refunded this?", async (place) => {
      const { scenario } = place;
      const run = await scenario.startRun();
      const first = await scenario.mint(run);
      const second = await (await place.again()).mint(run);
      const nothing = await scenario.mint(run);
      const long = "x".repeat(513);
      await settle(scenario, first, "done", { refund: "re_1", charge: "ch_1", again: "ch_1" });
      await settle(scenario, second, "unknown", { charge: "ch_1", long, odd: "a\0b", empty: "" });
      await settle(scenario, nothing, "none", { charge: "ch_1" });
      const found = (id: string, system = "payments") => scenario.store.decisionsOfObject(system, id);
      expect(await found("re_1")).toEqual([first.intent.decisionId]);
      expect(await found("ch_1")).toEqual(
        [first.intent.decisionId, second.intent.decisionId].toSorted().toReversed(),
      );
      expect(await found("RE_1")).toEqual([]);
      expect(await found("re_1", "code")).toEqual([]);
      for (const id of [long, "", "a\0b"]) expect(await found(id)).toEqual([]);
    });

    storeTest(make, "holds active leases in pages, those of an ended run until they ended", async (place) => {
      const { scenario } = place;
      const run = await scenario.startRun();
      const theirs = await scenario.startRun({ tenant: "globex" });
      const minted = [await scenario.mint(run), await scenario.mint(theirs), await scenario.mint(run)];
      const ids = minted.map(({ lease }) => lease.id).toSorted();
      const { store } = await place.again();
      const page = await store.activeLeases({ limit: 2 });
      expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      const rest = await store.activeLeases({ limit: 2, after: page.at(-1)?.id ?? "" });
      expect(rest.map(({ id }) => id)).toEqual(ids.slice(2));
      expect(await store.activeLeases({ limit: 9, tenant: "globex" })).toEqual([minted[1]?.lease]);
      await store.endRun(run.id, NOW, entryOf("run_ended"));
      expect(await store.activeLeases({ limit: 9 })).toHaveLength(3);
      for (const { lease } of minted.slice(1))
        await store.endLease(lease.id, "revoked", NOW, entryOf("revocation"));
      expect(await store.activeLeases({ limit: 9 })).toEqual([minted[0]?.lease]);
      expect(await store.activeLeases({ limit: 9, tenant: "globex" })).toEqual([]);
    });

    storeTest(make, "holds living runs in pages: neither ended nor expired ones", async ({ scenario }) => {
      const { store } = scenario;
      const runs = [await scenario.startRun(), await scenario.startRun(), await scenario.startRun()];
      const theirs = await scenario.startRun({ tenant: "globex" });
      const expired = await scenario.startRun({ expiresAt: NOW + 60 });
      const now = NOW + 60;
      const ids = [...runs, theirs].map(({ id }) => id).toSorted();
      const page = await store.livingRuns({ limit: 3, now });
      expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 3));
      const rest = await store.livingRuns({ limit: 3, now, after: page.at(-1)?.id ?? "" });
      expect(rest.map(({ id }) => id)).toEqual(ids.slice(3));
      expect(await store.livingRuns({ limit: 9, now: NOW + 59, tenant: "globex" })).toEqual([theirs]);
      expect((await store.livingRuns({ limit: 9, now: NOW + 59 })).map(({ id }) => id)).toContain(expired.id);
      await store.endRun(theirs.id, NOW, entryOf("run_ended", "globex"));
      expect(await store.livingRuns({ limit: 9, now, tenant: "globex" })).toEqual([]);
      const acme = (await store.livingRuns({ limit: 9, now, tenant: "acme" })).map(({ id }) => id);
      expect(acme).toEqual(runs.map(({ id }) => id).toSorted());
    });

    storeTest(make, "holds what is frozen now, and registered tenants in pages", async ({ scenario }) => {
      const { store } = scenario;
      expect([await store.frozenSubjects(), await store.tenantIds({ limit: 5 })]).toEqual([[], []]);
      for (const subject of ["tenant:acme", "agent:support", "system:payments"] as const)
        await store.freeze(subject, true, NOW, entryOf("freeze", null));
      await store.freeze("agent:support", false, NOW, entryOf("freeze", null));
      expect(await store.frozenSubjects()).toEqual(["system:payments", "tenant:acme"]);
      for (const tenant of ["b", "a-2", "A", "a"]) await store.putTenant(tenant, entryOf("tenant", tenant));
      expect(await store.tenantIds({ limit: 3 })).toEqual(["A", "a", "a-2"]);
      expect(await store.tenantIds({ limit: 3, after: "a-2" })).toEqual(["b"]);
    });
  });

  describe("what operators stop", () => {
    storeTest(
      make,
      "a lease that was stopped has no use, no second handle and no same action again, whatever the clock says",
      async (place) => {
        const { scenario } = place;
        const run = await scenario.startRun();
        const minted = await scenario.mint(run, {}, { maxUses: 3 });
        const { lease, intent } = minted;
        const other = await place.again();
        expect(await other.store.expireLease(lease.id, NOW + 5, entryOf("revocation"))).toBe(true);
        expect(await scenario.claim(minted, { now: NOW + 5 })).toBe("lease_expired");
        // A replica whose clock is behind.
        expect(await scenario.claim(minted, { now: NOW + 4 })).toBe("lease_used");
        expect(await scenario.store.replaceHandle(lease.id, "another", entryOf("outcome"))).toBe(false);
        for (const now of [NOW, NOW + 5])
          expect(await scenario.spend(run, { txn: intent.txn, actionDigest: intent.actionDigest, now })).toBe(
            "already_done",
          );
        expect((await scenario.store.leasesDue(NOW, 10)).map(({ id }) => id)).toEqual([lease.id]);
        expect(await scenario.store.lease(lease.id)).toMatchObject({ expiresAt: NOW + 5, revocation: null });
        expect((await scenario.kinds()).filter((kind) => kind === "use")).toEqual([]);
      },
    );

    storeTest(make, "a lease is stopped once, before its end only, and that is recorded", async (place) => {
      const { scenario } = place;
      const { store } = scenario;
      const run = await scenario.startRun();
      const [first, second, ended] = [
        await scenario.mint(run),
        await scenario.mint(run),
        await scenario.mint(run),
      ];
      await store.endLease(ended.lease.id, "revoked", NOW, entryOf("revocation"));
      const before = await scenario.kinds();
      const other = await place.again();
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          (index % 2 === 0 ? scenario : other).store.expireLease(first.lease.id, NOW, entryOf("revocation")),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      const expire = (id: string, now = NOW) => store.expireLease(id, now, entryOf("revocation"));
      expect(await expire(second.lease.id, second.lease.expiresAt)).toBe(false);
      expect(await expire(ended.lease.id)).toBe(false);
      expect(await expire(newId("lease", 1))).toBe(false);
      expect(await scenario.kinds()).toHaveLength(before.length + 1);
      expect(await scenario.claim(second)).toBe("claimed");
    });
  });

  describe("what operators erase", () => {
    storeTest(
      make,
      "is gone from beside the chain, once, and the chain is as it was and one record longer",
      async (place) => {
        const { scenario } = place;
        const { store } = scenario;
        const entry = (): LedgerEntry => ({ ...entryOf("decision"), personal: { subject: "u-1" } });
        await store.recordRefusal(entry(), undefined);
        await store.recordRefusal(entry(), undefined);
        await store.recordRefusal(entryOf("decision"), undefined);
        const records = await store.ledger();
        const other = await place.again();
        const erase = (sequence: number) =>
          other.store.erasePersonal(store.replica, sequence, entryOf("personal"));
        expect(await erase(1)).toBe(true);
        expect([await erase(1), await erase(3), await erase(9)]).toEqual([false, false, false]);
        expect(await store.personal(store.replica, 1)).toBeUndefined();
        const kept = await store.personal(store.replica, 2);
        expect(digestOf({ salt: kept?.salt, value: kept?.value })).toBe(records[1]?.commitment);
        expect(await store.ledger()).toEqual(records);
        expect((await other.store.ledger()).map(({ kind }) => kind)).toEqual(["personal"]);
      },
    );
  });
}

function decision(of: { kind: LedgerEntry["kind"]; tenant?: string; second: number }): LedgerEntry {
  const at = (NOW + of.second) * 1_000;
  return {
    kind: of.kind,
    at,
    tenant: of.tenant ?? "acme",
    decisionId: newId("dec", at),
    body: { outcome: of.kind },
  };
}

/** Claims the lease's use and records what it did to which objects. */
async function settle(
  scenario: StoreScenario,
  minted: MintedLease,
  effect: "done" | "none" | "unknown",
  ids: Readonly<Record<string, string>>,
): Promise<void> {
  const useId = newId("use", NOW * 1_000);
  await scenario.claim(minted, { useId });
  await scenario.store.settle({
    useId,
    leaseId: minted.lease.id,
    outcome: { effect, ids, status: 200 },
    now: NOW,
    entry: entryOf("use_outcome"),
  });
}
