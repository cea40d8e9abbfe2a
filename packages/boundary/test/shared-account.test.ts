import { stripe } from "@watchword/adapter-stripe";
import type { Adapter } from "@watchword/core";
import { stripeSystem } from "@watchword/emulators/stripe";
import { expect, test } from "vitest";
import { boundary, runBoundary } from "../src/index.ts";
import { failuresOf } from "./failures-of.ts";
import { PAYMENTS, policyOf } from "./policies.ts";

const tenancy = { metadata: "tenant" };
const policy = policyOf(PAYMENTS);
const run = (adapter: (twin: { readonly baseUrl: string }) => Adapter) => {
  const payments = stripeSystem(adapter, { tenancy });
  const suite = boundary({ policy, systems: { payments } }, (b) => b.matrix());
  return runBoundary(suite, { only: ["refund:tenant", "refund:credential"] });
};

test("in an account that tenants share, another tenant's charge is refused by the metadata on it", async () => {
  const report = await run((twin) => stripe({ ...twin, tenancy }));
  expect(failuresOf(report)).toEqual([]);
  const rows = report.rows.map(({ row }) => row.mutation);
  expect(rows).toEqual(expect.arrayContaining(["foreign-object", "other-object"]));
  // There is no other account that could be named.
  expect(rows).not.toContain("foreign-account");
});

test("an adapter that takes the shared account for one tenant's own is refused by the broker before any row is run", async () => {
  const report = await run((twin) => stripe(twin));
  expect(report.passed).toBe(false);
  expect(report.rows[0]?.problems).toEqual(["baseline_refused", "not_run"]);
  expect(report.rows[0]?.attempt.detail).toContain("one account is never two tenants'");
});
