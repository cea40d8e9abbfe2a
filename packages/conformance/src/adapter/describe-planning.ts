import { SealedCredential, canonicalJson } from "@watchword/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MakeAdapterFixture } from "./adapter-fixture.ts";
import { leafMutation } from "./leaf-mutation.ts";
import { BLANK, STAMP, actionFor, contextFor, operationsOf, planLive, runsFor } from "./plan-live.ts";
import { refusalOf } from "./refusal-of.ts";

/** From action to authority: pure, completed, never wider than decided. */
export function describePlanning(make: MakeAdapterFixture): void {
  describe("planning", () => {
    test("the pure functions give equal results for equal, frozen input", async () => {
      await using fixture = await make();
      const { adapter, own } = fixture;
      for (const entry of operationsOf(fixture)) {
        const action = deepFreeze(actionFor(fixture, entry));
        const facts = deepFreeze(await adapter.resolve(action, contextFor(own)));
        const twice = [0, 1].map(() => {
          const authority = deepFreeze(
            adapter.plan({ ...action, ...adapter.complete(action, facts, own.account) }),
          );
          return [
            authority,
            adapter.capabilities.requests === "none" ? [] : adapter.enforce(authority, BLANK, STAMP),
            adapter.residual(authority),
            adapter.outcomeOf(authority, undefined),
          ];
        });
        expect(twice[0], entry.name).toEqual(twice[1]);
      }
    });

    test("a live action is completed with every resource field and decided argument", async () => {
      await using fixture = await make();
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        expect(authority, entry.name).toMatchObject({
          system: fixture.system,
          operation: entry.name,
          access: entry.access,
        });
        expect(Object.keys(authority.resource).toSorted(), entry.name).toEqual(
          Object.keys(entry.resource).toSorted(),
        );
        expect(Object.keys(authority.arguments), entry.name).toEqual(
          expect.arrayContaining([...entry.decided]),
        );
        expect(() => canonicalJson(authority), entry.name).not.toThrow();
      }
    });

    test("without facts an action is still completed, so that the decision can say why it refuses", async () => {
      await using fixture = await make();
      for (const entry of operationsOf(fixture)) {
        const action = actionFor(fixture, entry);
        const completed = fixture.adapter.complete(action, { owners: {}, values: {} }, fixture.own.account);
        expect(Object.keys(completed.resource).toSorted(), entry.name).toEqual(
          Object.keys(entry.resource).toSorted(),
        );
      }
    });

    test("an authority covers itself, and nothing that differs from it in one leaf", async () => {
      await using fixture = await make();
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        expect(fixture.adapter.covers(authority, structuredClone(authority)), entry.name).toBe(true);
        fc.assert(
          fc.property(leafMutation(authority), (mutated) => !fixture.adapter.covers(authority, mutated)),
          { numRuns: runsFor(fixture) },
        );
      }
    });

    test("a mint grants no more than was asked and lives as long as declared", async () => {
      await using fixture = await make();
      const { adapter, own } = fixture;
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const minted = await adapter.mint(authority, contextFor(own));
        expect(adapter.covers(authority, minted.granted), entry.name).toBe(true);
        expect(minted.nativeExpiresAt === null, entry.name).toBe(
          adapter.capabilities.nativeLifeSeconds === null,
        );
      }
    });

    test("the residual says something, and who holds it", async () => {
      await using fixture = await make();
      for (const entry of operationsOf(fixture)) {
        const residual = fixture.adapter.residual(await planLive(fixture, entry));
        expect(residual.summary, entry.name).not.toBe("");
        if (residual.summary !== "none") expect(residual.axes.length, entry.name).toBeGreaterThan(0);
        // Custody is the gateway's by default, also where a grant may release it.
        if (fixture.adapter.capabilities.custody === "gateway")
          expect(residual.heldBy, entry.name).toBe("gateway");
      }
    });

    test("a secret of unknown shape counts as live", async () => {
      await using fixture = await make();
      const { adapter, own } = fixture;
      if (adapter.capabilities.rootSecret === "none") return;
      expect(adapter.isLiveSecret(new SealedCredential("of-unknown-shape"))).toBe(true);
      expect(adapter.isLiveSecret(own.secret), "the twin's own key").toBe(false);
    });
  });

  describe("tenants", () => {
    test("an action that names another account is a tenant mismatch", async () => {
      await using fixture = await make();
      for (const entry of operationsOf(fixture)) {
        const action = actionFor(fixture, entry);
        for (const field of Object.keys(entry.resource)) {
          const foreign = { ...action, resource: { [field]: "another-account" } };
          const refusal = await refusalOf(() =>
            fixture.adapter.complete(foreign, { owners: {}, values: {} }, fixture.own.account),
          );
          expect([refusal.reason, refusal.failedFact], entry.name).toEqual(["tenant_mismatch", "tenant"]);
        }
      }
    });

    test("another tenant's object, and one that is not there, are never the tenant's", async () => {
      await using fixture = await make();
      const { adapter, own, twin } = fixture;
      for (const entry of operationsOf(fixture)) {
        if (entry.references.length === 0) continue;
        for (const values of [fixture.foreign[entry.name], fixture.missing[entry.name]]) {
          expect(values, `fixture names objects for ${entry.name}`).toBeDefined();
          const action = actionFor(fixture, entry, values);
          const facts = await adapter.resolve(action, contextFor(own));
          const named = entry.references.filter((name) => action.arguments[name] !== undefined);
          expect(named.length, entry.name).toBeGreaterThan(0);
          for (const name of named)
            expect(["other", "unknown"], `${entry.name} ${name}`).toContain(facts.owners[name]);
          expect(facts.values, "nothing of a foreign object is given out").toEqual({});
          const outcome = await refusalReason(() => adapter.complete(action, facts, own.account));
          expect([undefined, "tenant_mismatch"], entry.name).toContain(outcome);
        }
      }
      expect(twin.requests.filter((request) => request.kind !== "resolve")).toEqual([]);
    });

    test("equal ids in two accounts are two authorities, and neither opens the other", async () => {
      await using fixture = await make();
      const { adapter, own, other } = fixture;
      if (own.account === other.account) return;
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const theirs = { ...authority, resource: { ...authority.resource } };
        for (const field of Object.keys(theirs.resource))
          theirs.resource[field] = fixture.resource?.other[field] ?? other.account;
        expect([adapter.covers(authority, theirs), adapter.covers(theirs, authority)], entry.name).toEqual([
          false,
          false,
        ]);
        if (fixture.accountBySecret !== true) {
          const sent = [authority, theirs].map((each) => adapter.enforce(each, BLANK, STAMP));
          expect(sent[0], entry.name).not.toEqual(sent[1]);
        }
        expect((await refusalOf(() => adapter.mint(authority, contextFor(other)))).reason, entry.name).toBe(
          "tenant_mismatch",
        );
      }
    });
  });
}

async function refusalReason(attempt: () => unknown): Promise<string | undefined> {
  return refusalOf(attempt).then(
    (refusal) => refusal.reason,
    () => undefined,
  );
}

function deepFreeze<Whole>(value: Whole): Whole {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
