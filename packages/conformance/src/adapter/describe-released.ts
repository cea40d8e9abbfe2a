import type { SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";
import type { MakeReleasedFixture, TwinFailure } from "./adapter-fixture.ts";
import { findCanary } from "./find-canary.ts";
import { BLANK, STAMP, contextFor, operationsOf, planLive } from "./plan-live.ts";
import { refusalOf } from "./refusal-of.ts";

/** Credentials that leave: they do their action at the system, nothing else, and nothing once they were revoked. */
export function describeReleased(make: MakeReleasedFixture): void {
  describe("released credentials", () => {
    test("no request is an action, and none is written", async () => {
      await using fixture = await make();
      const { adapter } = fixture;
      expect(adapter.capabilities).toMatchObject({
        custody: "released",
        requests: "none",
        releasedAs: "text",
      });
      expect(adapter.origins).toEqual([]);
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        for (const attempt of [() => adapter.actionOf(BLANK), () => adapter.enforce(authority, BLANK, STAMP)])
          expect((await refusalOf(attempt)).reason, entry.name).toBe("request_mismatch");
      }
    });

    test("a credential does its action until it is revoked, and then nothing", async () => {
      await using fixture = await make();
      const { adapter, own } = fixture;
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const { credential } = await adapter.mint(authority, contextFor(own));
        expect(await fixture.use(authority, credential), entry.name).toBe(true);
        expect(await adapter.revoke(credential, contextFor(own)), entry.name).toBe("revoked");
        expect(await fixture.use(authority, credential), entry.name).toBe(false);
        expect(await adapter.revoke(credential, contextFor(own)), entry.name).toBe("already_dead");
      }
    });

    test("a reader's credential does none of the catalogue's writes", async () => {
      await using fixture = await make();
      const { adapter, own } = fixture;
      const authorities = await Promise.all(operationsOf(fixture).map((entry) => planLive(fixture, entry)));
      const writes = authorities.filter(({ access }) => access === "write");
      for (const authority of authorities.filter(({ access }) => access === "read")) {
        const { credential } = await adapter.mint(authority, contextFor(own));
        for (const write of writes)
          expect(
            await fixture.use(write, credential),
            `${write.operation} with one for ${authority.operation}`,
          ).toBe(false);
        await adapter.revoke(credential, contextFor(own));
      }
    });

    test("what was not minted opens nothing, and ending it is told honestly", async () => {
      await using fixture = await make();
      const { adapter, own, credentials } = fixture;
      const [entry] = operationsOf(fixture);
      if (entry === undefined || credentials === undefined) return;
      const authority = await planLive(fixture, entry);
      for (const credential of Object.values(credentials)) {
        expect(await fixture.use(authority, credential)).toBe(false);
        expect(["already_dead", "unknown"]).toContain(await adapter.revoke(credential, contextFor(own)));
      }
    });

    test.for(["down", "slow", "garbage"] as const satisfies readonly TwinFailure[])(
      "while the system is %s nothing is minted, and what was is not called ended",
      async (mode) => {
        await using fixture = await make();
        const { adapter, own } = fixture;
        const [entry] = operationsOf(fixture);
        if (entry === undefined) return;
        const authority = await planLive(fixture, entry);
        const { credential } = await adapter.mint(authority, contextFor(own));
        fixture.twin.fail(mode);
        const signal = (): AbortSignal =>
          mode === "slow" ? AbortSignal.timeout(150) : new AbortController().signal;
        const refusal = await refusalOf(() => adapter.mint(authority, contextFor(own, signal())));
        expect(refusal.reason).toBe("downstream_unavailable");
        expect(findCanary(fixture, refusal, credential)).toBeUndefined();
        expect(await adapter.revoke(credential, contextFor(own, signal()))).toBe("unknown");
        fixture.twin.fail(null);
        expect(await adapter.revoke(credential, contextFor(own))).toBe("revoked");
      },
    );

    test.for(["unauthenticated", "unpermitted"] as const)(
      "an %s root secret mints nothing, and the refusal says what is required and held",
      async (which) => {
        await using fixture = await make();
        for (const entry of operationsOf(fixture)) {
          const authority = await planLive(fixture, entry);
          const refusal = await refusalOf(() => fixture.adapter.mint(authority, contextFor(fixture[which])));
          expect(refusal.reason, entry.name).toBe("downstream_refused");
          expect(refusal.message, entry.name).toMatch(/required.*held/);
          expect(findCanary(fixture, refusal), entry.name).toBeUndefined();
        }
      },
    );

    test("no secret shows in the adapter, a mint or a residual", async () => {
      await using fixture = await make();
      const { adapter, own } = fixture;
      const credentials: SealedCredential[] = [];
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const minted = await adapter.mint(authority, contextFor(own));
        credentials.push(minted.credential);
        for (const value of [minted, adapter.residual(authority), contextFor(own).connection])
          expect(findCanary(fixture, value, minted.credential), entry.name).toBeUndefined();
        await adapter.revoke(minted.credential, contextFor(own));
      }
      expect(findCanary(fixture, adapter, ...credentials)).toBeUndefined();
    });
  });
}
