import { type EvidenceRecord, sha256 } from "@watchword/core";
import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, entryOf } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

const COMMIT = "a".repeat(40);

/** A statement with a payload of its own. */
const statement = (payload: string, change: Partial<EvidenceRecord> = {}): EvidenceRecord => ({
  source: "evals",
  commit: COMMIT,
  state: "pass",
  digest: sha256(payload),
  receivedAt: NOW,
  detail: payload,
  ...change,
});

/** Signed test results: the one that arrived last counts, and none can be made to arrive twice. */
export function describeEvidence(make: MakeStorePlace): void {
  describe("evidence", () => {
    storeTest(make, "is what arrived last about this commit from this source", async (place) => {
      const { scenario } = place;
      const other = await place.again();
      expect(await scenario.store.evidence("evals", COMMIT)).toBeUndefined();
      expect(await scenario.store.putEvidence(statement("1"), entryOf("evidence", null))).toBe(true);
      const red = statement("2", { state: "fail", receivedAt: NOW + 5 });
      expect(await other.store.putEvidence(red, entryOf("evidence", null))).toBe(true);
      expect(await scenario.store.evidence("evals", COMMIT)).toEqual(red);
      expect(await scenario.store.evidence("evals", "b".repeat(40))).toBeUndefined();
      expect(await scenario.store.evidence("other", COMMIT)).toBeUndefined();
    });

    storeTest(
      make,
      "that is posted again neither gets newer nor hides what came after it",
      async ({ scenario }) => {
        const { store } = scenario;
        await store.putEvidence(statement("green"), entryOf("evidence", null));
        await store.putEvidence(
          statement("red", { state: "fail", receivedAt: NOW + 5 }),
          entryOf("evidence", null),
        );
        const again = statement("green", { receivedAt: NOW + 60 });
        expect(await store.putEvidence(again, entryOf("evidence", null))).toBe(false);
        expect((await store.evidence("evals", COMMIT))?.state).toBe("fail");
        expect((await scenario.kinds()).filter((kind) => kind === "evidence")).toHaveLength(2);
      },
    );

    storeTest(make, "spends the token that brought it, once over all replicas", async (place) => {
      const { scenario } = place;
      const { store } = scenario;
      const token = { issuer: "https://ci.example", jti: "job-token-0000001", expiresAt: NOW + 300 };
      const other = await place.again();
      expect(await store.putEvidence(statement("1"), entryOf("evidence", null), token)).toBe(true);
      const red = statement("2", { state: "fail" });
      expect(await other.store.putEvidence(red, entryOf("evidence", null), token)).toBe("token_replayed");
      expect(await store.evidence("evals", COMMIT)).toEqual(statement("1"));
      expect(await store.recordRefusal(entryOf("decision", null), token)).toBe("token_replayed");
      const next = { ...token, jti: "job-token-0000002" };
      expect(await store.putEvidence(statement("1"), entryOf("evidence", null), next)).toBe(false);
      expect(await store.putEvidence(red, entryOf("evidence", null), next)).toBe("token_replayed");
      expect((await scenario.kinds()).filter((kind) => kind === "evidence")).toHaveLength(1);
    });

    storeTest(make, "that arrived in the same second counts in the order of its arrival", async (place) => {
      const { store } = place.scenario;
      for (const [index, state] of (["pass", "fail", "pass", "pending"] as const).entries())
        await store.putEvidence(statement(`${index}`, { state }), entryOf("evidence", null));
      expect((await store.evidence("evals", COMMIT))?.state).toBe("pending");
      expect((await (await place.reopen()).store.evidence("evals", COMMIT))?.state).toBe("pending");
    });
  });
}
