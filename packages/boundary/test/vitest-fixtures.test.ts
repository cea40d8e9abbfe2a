import { boundaryTest } from "@watchword/boundary/vitest";
import { describe, expect } from "vitest";
import { payments } from "./payments.ts";
import { PAYMENTS, policyOf } from "./policies.ts";

const test = boundaryTest({
  policy: policyOf(PAYMENTS),
  systems: { payments },
  tools: () => import("./app-tools.ts"),
});
const usd = (minor: number) => ({ minor, currency: "USD" });

describe("a captured agent in a world", () => {
  test("refunds a charge of its own tenant", async ({ agent }) => {
    const attempt = await agent("support", { tenant: "acme" }).propose("payments/refunds.create", {
      charge: "ch_example",
      amount: usd(4_200),
    });
    expect(attempt).toBeAllowed();
    expect(attempt).toBeRecorded();
    expect(attempt).not.toHaveSeenNoRequest();
    expect(attempt).toHavePrincipal({ agent: "support", tenant: "acme", kind: "user" });
    expect(attempt).not.toHavePrincipal({ tenant: "globex" });
    expect(attempt).toExpireWithin(60);
    expect(attempt).not.toExpireWithin(59);
  });

  test("gets nothing for a charge of another tenant", async ({ agent }) => {
    const attempt = await agent("support", { tenant: "acme" }).propose("payments/charges.retrieve", {
      charge: "ch_globex",
    });
    expect(attempt).toBeDenied({ reason: "tenant_mismatch" });
    expect(attempt).not.toBeAllowed();
    expect(attempt).toHaveMinted(0);
    expect(attempt).toHavePrincipal({ agent: "support", tenant: "acme", workload: "support-runtime" });
    expect(() => expect(attempt).toExpireWithin(60)).toThrow("nothing was minted");
    expect(attempt).toHaveSeenNoRequest();
    expect(attempt).toBeRecorded();
  });

  test("waits for a person, and goes on once one said yes", async ({ agent, approve }) => {
    const support = agent("support", { tenant: "acme" });
    const large = { charge: "ch_more1", amount: usd(9_000) };
    expect(await support.propose("payments/refunds.create", large)).toBeDenied({
      reason: "approval_required",
    });
    approve();
    expect(await support.propose("payments/refunds.create", large)).toBeAllowed();
    approve("denied");
    expect(await support.propose("payments/refunds.create", { ...large, charge: "ch_more2" })).toBeDenied({
      reason: "approval_denied",
    });
  });

  test("is allowed what a tool's call means, and nothing else that the tool may do", async ({ agent }) => {
    const support = agent("support", { tenant: "acme" });
    const operation = "payments/refunds.create";
    const args = { charge: "ch_more4", cents: 4_200 };
    const means = { operation, arguments: { charge: "ch_more4", amount: usd(4_200) } };
    expect(await support.call("refund", args, means)).toBeAllowed();
    const other = { ...means, arguments: { ...means.arguments, charge: "ch_more5", amount: usd(42) } };
    const attempt = await support.call("refund", { charge: "ch_more5", cents: 4_200 }, other);
    expect(attempt).toMatchObject({ outcome: "failed", toolProblem: "other_action" });
    expect(() => expect(attempt).toBeAllowed()).toThrow();
    const foreign = { operation, arguments: { charge: "ch_globex", amount: usd(4_200) } };
    expect(await support.call("refund", { charge: "ch_globex", cents: 4_200 }, foreign)).toBeDenied({
      reason: "tenant_mismatch",
    });
    const child = await support.delegate("reader").call("refund", args, means);
    expect(child).toMatchObject({
      stage: "harness",
      detail: expect.stringContaining("root run") as string,
    });
  });

  test("hands a subagent no more than the policy lets it", async ({ agent }) => {
    const reader = agent("support", { tenant: "acme" }).delegate("reader");
    const read = await reader.propose("payments/charges.retrieve", { charge: "ch_example" });
    expect(read).toBeAllowed();
    expect(read).toHavePrincipal({ agent: "reader", chain: ["support@1", "reader@1"] });
    expect(
      await reader.propose("payments/refunds.create", { charge: "ch_more3", amount: usd(100) }),
    ).toBeDenied({
      reason: "not_granted",
    });
  });

  test("gets nothing for an assertion that was used before, and nothing of one test is left for the next", async ({
    agent,
    tamper,
  }) => {
    const support = agent("support", { tenant: "acme" });
    expect(await support.propose("payments/charges.retrieve", { charge: "ch_example" })).toBeAllowed();
    tamper("replayed");
    expect(await support.propose("payments/charges.retrieve", { charge: "ch_example" })).not.toBeAllowed();
  });
});

test("where an agent lives in the broker's own process, no secret shows, and nobody calls it without ways out", async ({
  cell,
}) => {
  const proof = await cell.prove();
  expect(proof).toContainNoSecret();
  expect(() => expect(proof).toHaveNoRoute()).toThrow("nobody could look");
  expect(cell.isolation).toBe("same-process");
  expect(() => cell.routes()).toThrow("has every way out");
});
