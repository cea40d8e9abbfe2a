import { expect, test } from "vitest";
import type { MakeAdapterFixture } from "./adapter-fixture.ts";
import { findCanary } from "./find-canary.ts";
import { contextFor } from "./plan-live.ts";

/** The self-check of a connection: what keeps a wrong one out, and in a right one finds nothing. */
export function describeSelfCheck(make: MakeAdapterFixture): void {
  test("the self-check accepts the right connection and names what is wrong with others", async () => {
    await using fixture = await make();
    const errors = async (connection: typeof fixture.own) => {
      const findings = await fixture.adapter.selfCheck(contextFor(connection));
      expect(findCanary(fixture, findings)).toBeUndefined();
      return findings.filter((finding) => finding.severity === "error");
    };
    expect(await errors(fixture.own)).toEqual([]);
    // Where there is no root secret, there is nothing to ask the system with.
    if (fixture.adapter.capabilities.rootSecret === "none") return;
    expect(await errors(fixture.unauthenticated)).not.toEqual([]);
    expect(await errors(fixture.unpermitted)).not.toEqual([]);
    expect(await errors({ ...fixture.own, account: "another-account" })).not.toEqual([]);
    fixture.twin.fail("down");
    expect(await errors(fixture.own)).not.toEqual([]);
  });
}
