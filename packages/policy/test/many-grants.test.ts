import type { Decision } from "@watchword/core";
import { expect, test } from "vitest";
import { type Grant, type Policy, decide, hasGrant } from "../src/index.ts";
import { compilePolicy } from "../src/policy.ts";
import { REFUND_REQUEST, checksOf, refundPolicy, withAction, withRun } from "./refund-request.ts";

const unlimited = withRun({
  ceiling: [{ system: "payments", operation: "refunds.create", resource: {}, limits: {} }],
})(REFUND_REQUEST);

/** Three grants of the agent for the operation, and as many others as it takes to be `count`. */
function policyOf(count: number): Policy {
  const grant = (id: string, more: Partial<Grant>): Grant => ({
    id,
    agent: "support",
    operation: "payments/refunds.create",
    resource: { account: "${tenant.payments.account}" },
    lease: { action: "60s" },
    ...more,
  });
  const others = Array.from({ length: count - 3 }, (_, index) =>
    index % 2 === 0
      ? grant(`agent-${index}`, { agent: [`agent-${index}`, "everybody"] })
      : grant(`operation-${index}`, { operation: `payments/refunds.${index}` }),
  );
  const fitting = [
    grant("too-small", { where: { "args.amount": { max: "1.00 USD" } } }),
    grant("elsewhere", { resource: { account: "acct_other", tenant: "${tenant.id}" } }),
    grant("fits", {}),
  ];
  const grants = [...others.slice(0, others.length / 2), ...fitting, ...others.slice(others.length / 2)];
  return compilePolicy({ ...refundPolicy.document, grants }, () => ({ file: "policy", line: 1, column: 1 }));
}

const few = policyOf(10);
const many = policyOf(100_000);

const withoutVersion = ({ policyVersion: _, ...decision }: Decision): Omit<Decision, "policyVersion"> =>
  decision;

test("among 100,000 grants as few are evaluated for one request as among 10: those of the agent for the operation", () => {
  expect([few.grants.length, many.grants.length]).toEqual([10, 100_000]);
  for (const policy of [few, many]) {
    const decision = decide(policy, unlimited);
    expect(decision).toMatchObject({ outcome: "allow", grant: "fits", explanation: { held: "3" } });
    expect(checksOf(decision)).toEqual([
      "grant too-small: resource.account, !args.amount max",
      "grant elsewhere: !resource.account",
      "grant fits: resource.account, run ceiling",
    ]);
  }
  expect(withoutVersion(decide(many, unlimited))).toEqual(withoutVersion(decide(few, unlimited)));
});

test("a refusal evaluates no more grants than a permission", () => {
  const request = withRun({ ceiling: [] })(unlimited);
  for (const policy of [few, many])
    expect(decide(policy, request)).toMatchObject({
      outcome: "deny",
      reason: "limit_exceeded",
      grant: "too-small",
      explanation: { held: "3" },
    });
});

test("an operation without a grant evaluates none at all", () => {
  const request = withAction({ operation: "refunds.cancel" })(unlimited);
  for (const policy of [few, many]) {
    expect(hasGrant(policy, "support", "payments", "refunds.cancel")).toBe(false);
    expect(decide(policy, request)).toMatchObject({
      outcome: "deny",
      reason: "not_granted",
      explanation: { held: "0", children: [] },
    });
  }
});
