import { fileURLToPath } from "node:url";
import { boundaryTest } from "@watchword/boundary/vitest";
import { loadPolicy } from "@watchword/policy";
import { expect } from "vitest";
import { payments } from "../systems/payments.ts";

const policy = await loadPolicy(fileURLToPath(new URL("../policy/", import.meta.url)));
const test = boundaryTest({ policy, systems: { payments } });

test("whoever has taken over the support agent still refunds no other customer", async ({ agent }) => {
  const support = agent("support", { tenant: "acme" });
  const refund = await support.propose("payments/refunds.create", {
    charge: "ch_globex",
    amount: { minor: 4_200, currency: "USD" },
  });
  expect(refund).toBeDenied({ reason: "tenant_mismatch" });
  expect(refund).toBeRecorded();
});

test("a large refund waits for a lead", async ({ agent, approve }) => {
  const support = agent("support", { tenant: "acme" });
  const large = { charge: "ch_3", amount: { minor: 9_000, currency: "USD" } };
  expect(await support.propose("payments/refunds.create", large)).toBeDenied({ reason: "approval_required" });
  approve();
  expect(await support.propose("payments/refunds.create", large)).toBeAllowed();
});
