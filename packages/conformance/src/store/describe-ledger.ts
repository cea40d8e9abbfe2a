import { type LedgerRecord, type Store, digestOf } from "@watchword/core";
import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { entryOf } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

const GENESIS = "A".repeat(43);

/** The ledger and what survives: order, hashes, personal parts, checkpoints, durability. */
export function describeLedger(make: MakeStorePlace): void {
  describe("the ledger", () => {
    storeTest(make, "is one gapless chain per replica, in the order of its records", async (place) => {
      const other = await place.again();
      const write = (store: Store, index: number): Promise<unknown> =>
        store.recordRefusal({ ...entryOf("decision"), body: { index } }, undefined);
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          write((index % 2 === 0 ? place.scenario : other).store, index),
        ),
      );
      for (const { store } of [place.scenario, other]) {
        const records = await store.ledger({ limit: 100 });
        expect(records).toHaveLength(20);
        expect(chainProblem(records, store.replica)).toBeUndefined();
        const indexes = records.map(({ body }) => Number(body["index"]));
        expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
      }
      expect(await place.scenario.store.ledgerHeads()).toHaveLength(2);
    });

    storeTest(make, "is read in pages", async ({ scenario }) => {
      for (let index = 0; index < 5; index++)
        await scenario.store.recordRefusal(entryOf("decision"), undefined);
      const page = await scenario.store.ledger({ after: 2, limit: 2 });
      expect(page.map(({ sequence }) => sequence)).toEqual([3, 4]);
      expect(await scenario.store.ledger({ after: 5 })).toEqual([]);
      expect(await scenario.store.ledger({ replica: "rep_unknown" })).toEqual([]);
    });

    storeTest(
      make,
      "keeps what is personal beside the chain, which commits to it with a salt",
      async ({ scenario }) => {
        const { store } = scenario;
        const value = { subject: "u-1", charge: "ch_1" };
        await store.recordRefusal({ ...entryOf("decision"), personal: value }, undefined);
        await store.recordRefusal({ ...entryOf("decision"), personal: value }, undefined);
        await store.recordRefusal(entryOf("decision"), undefined);
        const [first, second, third] = await store.ledger();
        expect(JSON.stringify([first, second])).not.toContain("ch_1");
        expect(first?.commitment).not.toBe(second?.commitment);
        expect(third?.commitment).toBeUndefined();
        const kept = await store.personal(store.replica, 1);
        expect(kept?.value).toEqual(value);
        expect(digestOf({ salt: kept?.salt, value: kept?.value })).toBe(first?.commitment);
        expect(await store.personal(store.replica, 3)).toBeUndefined();
      },
    );

    storeTest(make, "records nothing for a change that did not happen", async ({ scenario }) => {
      const { store } = scenario;
      const run = await scenario.startRun();
      const minted = await scenario.mint(run);
      await scenario.useOnce(minted, "done");
      const before = await scenario.kinds();
      expect(await scenario.claim(minted)).toBe("lease_used");
      expect(await store.endRun("run_unknown", 1, entryOf("run_ended"))).toBe(false);
      expect(await store.decideApproval("apr_unknown", "granted", "lead", 1, entryOf("approval"))).toBe(
        false,
      );
      expect(await store.replaceHandle("lease_unknown", "hash", entryOf("outcome"))).toBe(false);
      await store.endLease("lease_unknown", "unknown", 1, entryOf("revocation"));
      await store.closeOrphan("dec_unknown", entryOf("recovery"));
      expect(await scenario.kinds()).toEqual(before);
    });

    storeTest(make, "keeps each checkpoint once, in order", async ({ scenario }) => {
      const { store } = scenario;
      const checkpoint = (sequence: number, signature: string) => ({
        replica: store.replica,
        sequence,
        hash: "h",
        at: 1,
        keyId: "k",
        signature,
      });
      await store.putCheckpoint(checkpoint(2, "b"));
      await store.putCheckpoint(checkpoint(1, "a"));
      await store.putCheckpoint(checkpoint(1, "another"));
      expect(await store.checkpoints()).toEqual([checkpoint(1, "a"), checkpoint(2, "b")]);
    });
  });

  describe("after the process ended", () => {
    storeTest(make, "everything that was confirmed is there", async (place) => {
      const { scenario } = place;
      const run = await scenario.startRun();
      const approval = await scenario.granted(run);
      const minted = await scenario.mint(run, scenario.spendingOf(approval));
      const records = await scenario.store.ledger();
      const { generation, replica } = scenario.store;

      const later = await place.reopen();
      expect(later.store.generation).toBe(generation);
      expect(later.store.replica).not.toBe(replica);
      expect(await later.store.run(run.id)).toEqual(run);
      expect(await later.store.lease(minted.lease.id)).toEqual(minted.lease);
      expect((await later.store.approval(approval.id))?.state).toBe("spent");
      expect(await later.store.ledger({ replica })).toEqual(records);
      expect(await later.spend(run, { token: minted.intent.token })).toBe("token_replayed");
      expect(await later.claim(minted)).toBe("claimed");
    });
  });
}

function chainProblem(records: readonly LedgerRecord[], replica: string): string | undefined {
  let previous = { sequence: 0, hash: GENESIS };
  for (const record of records) {
    if (record.replica !== replica) return "another replica's record";
    if (record.sequence !== previous.sequence + 1) return `a gap before ${record.sequence}`;
    if (record.previous !== previous.hash) return `${record.sequence} does not follow`;
    previous = record;
  }
  return undefined;
}
