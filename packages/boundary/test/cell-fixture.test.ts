import { boundaryTest } from "@watchword/boundary/vitest";
import { describe, expect } from "vitest";
import { systems } from "./cell-systems.ts";
import { PAYMENTS, policyOf } from "./policies.ts";

const test = boundaryTest({
  policy: policyOf(PAYMENTS),
  systems: { payments: systems.payments },
  // The weakest: without a network, and in containers, is cell-worlds.test.ts.
  cells: { module: new URL("cell-systems.ts", import.meta.url), name: "systems", isolation: "process" },
});
const refund = { charge: "ch_example", amount: { minor: 4_200, currency: "USD" } };

describe("an agent that is held in a cell", { timeout: 120_000 }, () => {
  test("acts as it does in one process", async ({ agent, cell }) => {
    const support = agent("support", { tenant: "acme" });
    const allowed = await support.propose("payments/refunds.create", refund);
    expect(allowed).toBeAllowed();
    expect(allowed).toHavePrincipal({ agent: "support", tenant: "acme" });
    expect(allowed).toExpireWithin(60);
    expect(await support.propose("payments/refunds.create", { ...refund, charge: "ch_globex" })).toBeDenied({
      reason: "tenant_mismatch",
    });
    expect(cell.isolation).toBe("process");
    expect(cell.reason).not.toBe("");
  });

  test("finds no secret, whatever code it is made to run; of ways out nobody says anything", async ({
    cell,
  }) => {
    expect(await cell.run("export default Object.keys(process.env)")).toEqual([]);
    await expect(cell.run("export default () => { throw new Error('no such thing') }")).rejects.toThrow(
      "no such thing",
    );
    const environment = await cell.environment();
    expect(environment).toContain("cell-program");
    expect(environment).not.toContain("canary");
    // What it holds are its own runs and handles; nobody's key is among them.
    expect(JSON.stringify(await cell.stolen())).not.toMatch(/"d":|PRIVATE KEY|canary/);
    expect((await cell.routes([])).targets).toEqual([]);
    const proof = await cell.prove();
    expect(proof).toContainNoSecret();
    expect(() => expect(proof).toHaveNoRoute()).toThrow("nobody could look");
    expect(proof).toMatchObject({ ledgerIntact: true, trace: { problems: [], why: null } });
    expect(proof.trace?.spans).toBeGreaterThan(0);
  });
});
