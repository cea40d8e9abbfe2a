import { Ceiling } from "@watchword/core";
import { expect, test } from "vitest";
import { capability } from "../src/index.ts";
import { payments } from "./payments-tools.ts";

test("a capability names its operation, and without bounds it has none", () => {
  expect(capability(payments.refundsCreate)).toEqual({
    system: "payments",
    operation: "refunds.create",
    resource: {},
    limits: {},
  });
});

test("a capability with bounds is one line of a ceiling, as the broker reads it", () => {
  const line = capability(payments.refundsCreate, {
    resource: { account: ["acct.1"] },
    limits: { charge: { in: ["ch.1", "ch.2"] }, amount: { max: { minor: 5_000, currency: "USD" } } },
  });
  expect(Ceiling.parse([line])).toEqual([line]);
  expect(line).toMatchObject({
    resource: { account: ["acct.1"] },
    limits: { charge: { in: ["ch.1", "ch.2"] }, amount: { max: { minor: 5_000, currency: "USD" } } },
  });
});

test("what is added to the bounds later does not widen it", () => {
  const [accounts, charges] = [["acct.1"], ["ch.1"]];
  const bounds: { resource: Record<string, string[]>; limits: Record<string, { in: string[] }> } = {
    resource: { account: accounts },
    limits: { charge: { in: charges } },
  };
  const line = capability(payments.refundsCreate, bounds);
  accounts.push("acct.2");
  charges.push("ch.2");
  bounds.resource["account"] = ["acct.3"];
  bounds.limits["note"] = { in: ["ch.9"] };
  expect(line).toEqual({
    ...capability(payments.refundsCreate),
    resource: { account: ["acct.1"] },
    limits: { charge: { in: ["ch.1"] } },
  });
});
