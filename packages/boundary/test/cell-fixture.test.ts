import { boundaryTest } from "@watchword/boundary/vitest";
import { describe, expect } from "vitest";
import { whyNoNetns } from "../src/cells/spawn-cell.ts";
import { systems } from "./cell-systems.ts";
import { PAYMENTS, policyOf } from "./policies.ts";

const noNetns = whyNoNetns();
const isolation = noNetns === null ? "netns" : "process";
const test = boundaryTest({
  policy: policyOf(PAYMENTS),
  systems,
  // Not the strongest, which may take an image to be built: the same in containers is cell-worlds.test.ts.
  cells: { module: new URL("cell-systems.ts", import.meta.url), name: "systems", isolation },
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
    expect(cell.isolation).toBe(isolation);
    expect(cell.reason).not.toBe("");
  });

  test("finds no secret and no way out, whatever code it is made to run", async ({ cell }) => {
    expect(await cell.run("export default Object.keys(process.env)")).toEqual([]);
    const interfaces = `import { networkInterfaces } from "node:os"; export default () => networkInterfaces();`;
    if (noNetns === null) {
      expect(await cell.run<object>(interfaces)).toEqual({});
      const routes = await cell.routes();
      expect(routes).toHaveNoRoute();
      expect(routes.targets.map(({ result }) => result)).not.toContain("timeout");
    } else expect(() => expect({ openRoutes: undefined }).toHaveNoRoute()).toThrow("nobody could look");
    const environment = await cell.environment();
    expect(environment).toContain("cell-program");
    expect(environment).not.toContain("canary");
    await expect(cell.run("export default () => { throw new Error('no such thing') }")).rejects.toThrow(
      "no such thing",
    );
    const proof = await cell.prove();
    expect(proof).toContainNoSecret();
    expect(proof).toMatchObject({ ledgerIntact: true, trace: { problems: [], why: null } });
    expect(proof.trace?.spans).toBeGreaterThan(0);
  });

  test("keeps what it was given of no use to whoever steals it", async ({ agent, cell }) => {
    const situation = agent("support", { tenant: "acme" }).situation("payments/charges.retrieve", {
      charge: "ch_more1",
    });
    const { tried, seen } = await cell.intrude(situation);
    expect(tried.map(({ reason }) => reason)).toEqual([
      "token_untrusted",
      "proof_invalid",
      "proof_invalid",
      "proof_invalid",
    ]);
    expect(seen).toEqual({ mints: 0, effects: 0, refused: 0 });
    // What it holds are its own runs and handles; nobody's key is among them.
    const held = JSON.stringify(await cell.stolen());
    expect(held).not.toMatch(/"d":|PRIVATE KEY|canary/);
  });
});
