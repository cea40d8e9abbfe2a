import { type DecisionRequest, digestOf } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type PolicyFile, decide, definePolicy, hasGrant } from "../src/index.ts";
import {
  REFUND_REQUEST,
  checksOf,
  frozen,
  refundPolicy,
  withArguments,
  withOwners,
  withRun,
} from "./refund-request.ts";

type Grant = NonNullable<PolicyFile["grants"]>[number];

const request: DecisionRequest = withRun({
  ceiling: [{ system: "payments", operation: "refunds.create", resource: {}, limits: {} }],
})(REFUND_REQUEST);

const grant = (id: string, more: Partial<Grant> = {}): Grant => ({
  id,
  agent: "support",
  operation: "payments/refunds.create",
  resource: { account: "${tenant.payments.account}" },
  lease: { action: "60s" },
  ...more,
});
const needsApproval: Partial<Grant> = { approval: { by: "leads", expires: "30m" } };
const tooSmall: Partial<Grant> = { where: { "args.amount": { max: "1.00 USD" } } };
const foreign: Partial<Grant> = { resource: { account: "acct_other", tenant: "${tenant.id}" } };
const shadow: Partial<Grant> = { mode: "shadow" };

const policyOf = (...grants: Grant[]): ReturnType<typeof definePolicy> =>
  definePolicy({
    watchword: 1,
    systems: { payments: { adapter: "stripe" } },
    agents: { support: {}, reader: {} },
    workloads: {
      runtime: { identity: { localKey: "dev" }, agents: ["support", "reader"], tenant: { claim: "org_id" } },
    },
    approvers: { leads: { issuer: "https://login.example", claim: { groups: "leads" } } },
    grants: [...grants, grant("unrelated", { agent: "reader", ...needsApproval })],
  });

describe("among several grants", () => {
  test("one that allows is enough, whatever the others refuse", () => {
    const policy = policyOf(grant("a", tooSmall), grant("b"), grant("c", foreign));
    const decision = decide(policy, request);
    expect(decision).toMatchObject({ outcome: "allow", grant: "b" });
    expect(checksOf(decision)).toEqual([
      "grant a: resource.account, !args.amount max",
      "grant b: resource.account, run ceiling",
      "grant c: !resource.account",
    ]);
  });

  test("one that allows comes before one that asks, in whatever order they stand", () => {
    const [ask, allow] = [grant("a-asks", needsApproval), grant("b-allows")];
    expect(decide(policyOf(ask, allow), request)).toMatchObject({ outcome: "allow", grant: "b-allows" });
    expect(decide(policyOf(allow, ask), request)).toMatchObject({ outcome: "allow", grant: "b-allows" });
  });

  test("one that asks is enough, whatever the others refuse", () => {
    const policy = policyOf(grant("a", tooSmall), grant("b", needsApproval), grant("c", foreign));
    expect(decide(policy, request)).toMatchObject({ outcome: "approval_required", grant: "b" });
  });

  test("of two that allow, the order in the file decides nothing", () => {
    const [short, long] = [grant("a"), grant("b", { lease: { action: "7d" } })];
    const decisions = [policyOf(short, long), policyOf(long, short)].map((policy) => decide(policy, request));
    expect(decisions[0]).toMatchObject({ outcome: "allow", grant: "a", leaseSeconds: 60 });
    expect(decisions[1]).toEqual(decisions[0]);
  });

  test("the refusal is the one of the grant that came closest", () => {
    const policy = policyOf(
      grant("a", foreign),
      grant("b", { ...tooSmall, user: "verified" }),
      grant("c", tooSmall),
    );
    expect(decide(policy, request)).toMatchObject({
      outcome: "deny",
      reason: "limit_exceeded",
      failedFact: "argument:amount",
      grant: "b",
    });
  });

  test("conditions of two grants are never put together", () => {
    const policy = policyOf(
      grant("small", tooSmall),
      grant("own", { where: { "args.charge": { ownedBy: "tenant" } } }),
    );
    const other = withOwners({ charge: "other" })(request);
    const decision = decide(
      policy,
      withArguments({ charge: "ch_1", amount: { minor: 101, currency: "USD" } })(other),
    );
    expect(decision).toMatchObject({ outcome: "deny", grant: "own", reason: "tenant_mismatch" });
  });
});

describe("a grant in shadow mode", () => {
  test("never allows, and is told as what it would have said", () => {
    const decision = decide(policyOf(grant("new", shadow)), request);
    expect(decision).toMatchObject({
      outcome: "deny",
      reason: "not_granted",
      failedFact: "action",
      grant: undefined,
      explanation: { passed: false, held: "1", children: [{ check: "grant new (shadow)", passed: true }] },
    });
  });

  test("never asks for an approval", () => {
    const decision = decide(policyOf(grant("new", { ...shadow, ...needsApproval })), request);
    expect(decision).toMatchObject({ outcome: "deny", reason: "not_granted" });
  });

  test("never gives the reason of a refusal, even when it came closest", () => {
    const decision = decide(policyOf(grant("a", foreign), grant("b", { ...shadow, ...tooSmall })), request);
    expect(decision).toMatchObject({ outcome: "deny", reason: "condition_failed", grant: "a" });
    expect(checksOf(decision)).toHaveLength(2);
  });

  test("takes nothing from a grant that allows", () => {
    const policy = policyOf(grant("a", { ...shadow, ...tooSmall }), grant("b"));
    expect(decide(policy, request)).toMatchObject({ outcome: "allow", grant: "b" });
  });

  test("is looked facts up for, so that it can be told", () => {
    const policy = policyOf(grant("new", shadow));
    expect(hasGrant(policy, "support", "payments", "refunds.create")).toBe(true);
  });
});

describe("deciding", () => {
  test("gives the same answer to the same request, and changes neither policy nor request", () => {
    const before = structuredClone(refundPolicy.document);
    const text = JSON.stringify(REFUND_REQUEST);
    const first = decide(refundPolicy, REFUND_REQUEST);
    for (const again of [REFUND_REQUEST, frozen(structuredClone(REFUND_REQUEST))])
      expect(decide(refundPolicy, again)).toEqual(first);
    expect(JSON.stringify(REFUND_REQUEST)).toBe(text);
    expect(refundPolicy.document).toEqual(before);
  });

  test("gives the same answer whatever order the request's members stand in", () => {
    const reversed = (value: unknown): unknown =>
      typeof value !== "object" || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .map(([name, member]) => [name, reversed(member)] as const)
              .toReversed(),
          );
    expect(decide(refundPolicy, reversed(REFUND_REQUEST) as DecisionRequest)).toEqual(
      decide(refundPolicy, REFUND_REQUEST),
    );
  });

  test("binds the facts it was made on: another fact is another digest", () => {
    const factsDigest = (values: DecisionRequest["facts"]["values"]): string =>
      decide(refundPolicy, { ...REFUND_REQUEST, facts: { ...REFUND_REQUEST.facts, values } }).factsDigest;
    expect(factsDigest({ a: 1, b: "x" })).toBe(factsDigest({ b: "x", a: 1 }));
    // An approval from before an upgrade still fits: the digest is of these members and no other.
    const { owners } = REFUND_REQUEST.facts;
    expect(factsDigest({ a: 1 })).toBe(digestOf({ owners, values: { a: 1 } }));
    expect(new Set([factsDigest({}), factsDigest({ a: 1 }), factsDigest({ a: "1" })]).size).toBe(3);
    const foreignOwner = decide(refundPolicy, withOwners({ charge: "other" })(REFUND_REQUEST));
    expect(foreignOwner.factsDigest).not.toBe(decide(refundPolicy, REFUND_REQUEST).factsDigest);
  });

  const throwing = (name: keyof DecisionRequest): DecisionRequest =>
    Object.defineProperty({ ...REFUND_REQUEST }, name, {
      get: (): never => {
        throw new Error("sk_live_planted");
      },
    });
  test.each<[string, DecisionRequest]>([
    ["whose action throws when it is read", throwing("action")],
    ["whose agent throws when it is read", throwing("agent")],
    ["whose tenant throws when it is read", throwing("tenant")],
    ["whose facts throw when they are read", throwing("facts")],
    ["whose time throws when it is read", throwing("now")],
    ["whose time is no time", { ...REFUND_REQUEST, now: Number.NaN }],
    ["without facts", { ...REFUND_REQUEST, facts: undefined as never }],
    ["without a run", { ...REFUND_REQUEST, run: undefined as never }],
    [
      "with facts that have no canonical text",
      { ...REFUND_REQUEST, facts: { owners: { charge: "tenant" }, values: { a: 0.5 } } },
    ],
  ])("of a request %s is a refusal that repeats nothing", (_title, broken) => {
    const decision = decide(refundPolicy, broken);
    expect(decision).toEqual({
      outcome: "deny",
      reason: "policy_unavailable",
      failedFact: "policy",
      grant: undefined,
      policyVersion: refundPolicy.version,
      factsDigest: "",
      explanation: { check: "policy", passed: false, held: "deciding failed" },
    });
  });
});
