import {
  type AllowDecision,
  type ApprovalDecision,
  type BudgetClaim,
  type DecisionRequest,
  digestOf,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { decide, definePolicy, parsePolicy } from "../src/index.ts";
import { REFUND_POLICY, changed } from "./refund-policy.ts";
import {
  type Change,
  GLOBEX,
  REFUND_REQUEST,
  checksOf,
  refundPolicy,
  withAction,
  withArguments,
  withRun,
  withTenant,
} from "./refund-request.ts";

const parse = (text: string): ReturnType<typeof parsePolicy> => parsePolicy([{ name: "policy.yaml", text }]);
const cents = (minor: number, currency = "USD"): Change =>
  withArguments({ charge: "ch_1", amount: { minor, currency } });
const unlimited = withRun({
  ceiling: [{ system: "payments", operation: "refunds.create", resource: {}, limits: {} }],
});
/** The same request from the other tenant, about its own account. */
const fromGlobex: Change = (request) =>
  withAction({ resource: { account: "acct_globex" } })(withTenant(GLOBEX)(request));

function permitted(
  policy: ReturnType<typeof parsePolicy>,
  ...changes: readonly Change[]
): AllowDecision | ApprovalDecision {
  let request: DecisionRequest = unlimited(REFUND_REQUEST);
  for (const change of changes) request = change(request);
  const decision = decide(policy, request);
  if (decision.outcome === "deny") throw new Error(`denied: ${decision.reason} ${checksOf(decision).join()}`);
  return decision;
}

describe("an approval", () => {
  test.each<[string, Change, "allow" | "approval_required"]>([
    ["of the amount itself is not asked for", cents(5_000), "allow"],
    ["of a cent more is asked for", cents(5_001), "approval_required"],
    ["of the limit is asked for", cents(20_000), "approval_required"],
  ])("over an amount, %s", (_title, change, outcome) => {
    expect(permitted(refundPolicy, change).outcome).toBe(outcome);
  });

  test("says who may give it and for how long", () => {
    expect(permitted(refundPolicy, cents(5_001))).toMatchObject({
      outcome: "approval_required",
      reason: "approval_required",
      grant: "refund",
      approvers: "leads",
      approvalSeconds: 1_800,
      leaseSeconds: 60,
      explanation: { passed: true },
    });
  });

  test("is for others as well after a time, where the grant says so", () => {
    expect(permitted(refundPolicy, cents(5_001))).toMatchObject({ escalation: undefined });
    const escalating = changed(
      changed(REFUND_POLICY, "expires: 30m", "expires: 30m, escalate: { after: 10m, to: heads }"),
      "claim: { groups: leads } }",
      "claim: { groups: leads } }, heads: { issuer: https://login.example, claim: { groups: heads } }",
    );
    expect(permitted(parse(escalating), cents(5_001))).toMatchObject({
      approvers: "leads",
      escalation: { approvers: "heads", afterSeconds: 600 },
    });
  });

  test("without a condition is asked for always", () => {
    const policy = parse(changed(REFUND_POLICY, ' when: { args.amount: { over: "50.00 USD" } },', ""));
    expect(permitted(policy, cents(0)).outcome).toBe("approval_required");
  });

  // A grant without a limit, so that nothing else refuses what cannot be compared.
  const open = definePolicy({
    ...refundPolicy.document,
    grants: [
      {
        id: "refund",
        agent: "support",
        operation: "payments/refunds.create",
        resource: { account: "${tenant.payments.account}" },
        approval: { when: { "args.amount": { over: "50.00 USD" } }, by: "leads", expires: "1d" },
        lease: { action: "5m" },
      },
    ],
  });
  test.each<[string, Change]>([
    ["is absent", withArguments({ charge: "ch_1" })],
    ["is of another currency", cents(1, "EUR")],
    ["has no currency", withArguments({ charge: "ch_1", amount: { minor: 1 } })],
    ["is text", withArguments({ charge: "ch_1", amount: "1.00 USD" })],
    ["is a number", withArguments({ charge: "ch_1", amount: 1 })],
  ])("is asked for when the amount %s", (_title, change) => {
    expect(permitted(open, change)).toMatchObject({
      outcome: "approval_required",
      reason: "approval_required",
      approvalSeconds: 86_400,
      leaseSeconds: 300,
    });
  });

  test.each<[title: string, minor: number, fee: number, outcome: "allow" | "approval_required"]>([
    ["neither of two amounts is not asked for", 5_000, 100, "allow"],
    ["the first of two amounts is asked for", 5_001, 100, "approval_required"],
    ["the second of two amounts is asked for", 5_000, 101, "approval_required"],
  ])("over %s", (_title, minor, fee, outcome) => {
    const [grant] = open.document.grants;
    if (grant === undefined) throw new Error("no grant");
    const when = { "args.amount": { over: "50.00 USD" }, "args.fee": { over: "1.00 USD" } };
    const policy = definePolicy({
      ...open.document,
      grants: [{ ...grant, approval: { by: "leads", expires: "1d", when } }],
    });
    const currency = "USD";
    const change = withArguments({
      charge: "ch_1",
      amount: { minor, currency },
      fee: { minor: fee, currency },
    });
    expect(permitted(policy, change).outcome).toBe(outcome);
  });

  test("never stands in for a check that fails", () => {
    const decision = decide(refundPolicy, withRun({ background: true })(cents(20_000)(REFUND_REQUEST)));
    expect(decision).toMatchObject({ outcome: "deny", reason: "condition_failed" });
  });
});

describe("a lease", () => {
  test.each([
    ["1s", 1],
    ["60s", 60],
    ["30m", 1_800],
    ["24h", 86_400],
    ["7d", 604_800],
  ])("of %s lasts %i seconds", (text, leaseSeconds) => {
    expect(permitted(parse(changed(REFUND_POLICY, "60s", text))).leaseSeconds).toBe(leaseSeconds);
  });

  test("is for one action, and leaves an answer no time beyond its end, unless the grant says so", () => {
    const action = permitted(refundPolicy);
    expect([action.leaseFor, action.graceSeconds]).toEqual([undefined, undefined]);
    const run = permitted(parse(changed(REFUND_POLICY, "action: 60s", "run: 10m, grace: 5s")));
    expect(run).toMatchObject({ leaseSeconds: 600, leaseFor: "run", graceSeconds: 5 });
  });
});

const PER_RUN = parse(changed(REFUND_POLICY, "per: tenant", "per: run"));
const PER_AGENT = parse(changed(REFUND_POLICY, "per: tenant", "per: agent"));

describe("a claim on a budget", () => {
  const claim = (policy = refundPolicy, ...changes: readonly Change[]): BudgetClaim => {
    const [only, ...more] = permitted(policy, ...changes).budgets;
    if (only === undefined || more.length > 0) throw new Error("expected one claim");
    return only;
  };
  const otherRun = withRun({ root: "run_2" });

  test("holds the decided amount, the limit and the window", () => {
    expect(claim()).toEqual({
      key: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      amount: { minor: 4_200, currency: "USD" },
      max: { minor: 100_000, currency: "USD" },
      windowSeconds: 86_400,
    });
  });

  test("is made by an action that waits for approval too", () => {
    expect(claim(refundPolicy, cents(5_001)).amount).toEqual({ minor: 5_001, currency: "USD" });
  });

  test.each([
    ["tenant", refundPolicy],
    ["run", PER_RUN],
    ["agent", PER_AGENT],
  ])("per %s is never shared between tenants", (_per, policy) => {
    expect(claim(policy, fromGlobex).key).not.toBe(claim(policy).key);
  });

  test("per tenant is one over all runs, and per run one for each root run", () => {
    expect(claim(refundPolicy, otherRun).key).toBe(claim().key);
    expect(claim(PER_RUN, otherRun).key).not.toBe(claim(PER_RUN).key);
    expect(claim(PER_AGENT, otherRun).key).toBe(claim(PER_AGENT).key);
    expect([claim(), claim(PER_RUN), claim(PER_AGENT)].map(({ ofRun }) => ofRun)).toEqual([
      undefined,
      true,
      undefined,
    ]);
  });

  test("per run counts a delegated run with the run that it descends from", () => {
    expect(claim(PER_RUN, withRun({ id: "run_1_child", root: "run_1" })).key).toBe(claim(PER_RUN).key);
  });

  test("of different scopes, grants or currencies has keys that never meet", () => {
    const yen = changed(
      changed(REFUND_POLICY, "1000.00 USD", "1000 JPY"),
      'args.amount: { max: "200.00 USD" }',
      "args.charge2: { min: 0 }",
    );
    const inYen = withArguments({ charge: "ch_1", charge2: 0, amount: { minor: 1, currency: "JPY" } });
    const keys = [
      claim().key,
      claim(PER_RUN).key,
      claim(PER_AGENT).key,
      claim(parse(changed(REFUND_POLICY, "id: refund", "id: refund-2"))).key,
      claim(parse(changed(yen, 'over: "50.00 USD"', 'over: "50 JPY"')), inYen).key,
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("stays the same when the grant's limit changes: a new limit is no new budget", () => {
    expect(claim(parse(changed(REFUND_POLICY, "1000.00 USD", "1.00 USD"))).key).toBe(claim().key);
  });

  test("cannot be made on an amount that is absent or of another currency: the action is refused", () => {
    const unruled = parse(changed(REFUND_POLICY, ', args.amount: { max: "200.00 USD" }', ""));
    for (const change of [
      withArguments({ charge: "ch_1" }),
      cents(1, "EUR"),
      withArguments({ charge: "ch_1", amount: 5 }),
    ]) {
      const decision = decide(unruled, unlimited(change(REFUND_REQUEST)));
      expect(decision).toMatchObject({
        outcome: "deny",
        reason: "condition_failed",
        failedFact: "argument:amount",
      });
      expect(checksOf(decision)[0]).toMatch(/!budget$/);
    }
  });

  test("is not made without a budget", () => {
    const free = changed(
      REFUND_POLICY,
      '    budget: { sum: args.amount, max: "1000.00 USD", per: tenant, window: 24h }\n',
      "",
    );
    expect(permitted(parse(free)).budgets).toEqual([]);
  });
});

describe("an effect that may happen once", () => {
  const key = (policy = refundPolicy, ...changes: readonly Change[]): string | undefined =>
    permitted(policy, ...changes).once?.key;

  test("is known by its tenant, grant and arguments", () => {
    const other = withArguments({ charge: "ch_2", amount: { minor: 4_200, currency: "USD" } });
    const renamed = parse(changed(REFUND_POLICY, "id: refund", "id: refund-2"));
    const keys = [key(), key(refundPolicy, other), key(refundPolicy, fromGlobex), key(renamed)];
    expect(new Set(keys).size).toBe(4);
    expect(permitted(refundPolicy).once?.windowSeconds).toBe(86_400);
  });

  test("is the same effect in another run and with another amount", () => {
    expect(key(refundPolicy, withRun({ id: "run_2", root: "run_2" }), cents(4_199))).toBe(key());
  });

  test("is not known by text that two arguments share", () => {
    const both = parse(changed(REFUND_POLICY, "by: [args.charge]", "by: [args.charge, args.part]"));
    const parts = (charge: string, part: string): Change =>
      withArguments({ charge, part, amount: { minor: 1, currency: "USD" } });
    expect(key(both, parts("ab", "c"))).not.toBe(key(both, parts("a", "bc")));
  });

  test("is not claimed without a rule", () => {
    expect(
      permitted(parse(changed(REFUND_POLICY, "    once: { by: [args.charge], per: 24h }\n", ""))).once,
    ).toBe(undefined);
  });
});

test("what was counted before an upgrade still counts after it: the keys are these texts and no other", () => {
  const { budgets, once } = permitted(refundPolicy);
  expect(budgets[0]?.key).toBe(digestOf(["budget", "acme", "refund", "USD", "tenant", "acme"]));
  expect(once?.key).toBe(digestOf(["once", "acme", "refund", [["charge", "ch_1"]]]));
});

test("the grant's digest is of every word of it, so an approval under another wording does not fit", () => {
  const digests = [
    ["60s", "61s"],
    ["200.00 USD", "200.01 USD"],
    ["1000.00 USD", "1000.01 USD"],
    ["30m", "31m"],
    ["09:00", "09:01"],
  ].map(([from = "", to = ""]) => permitted(parse(changed(REFUND_POLICY, from, to))).grantDigest);
  expect(new Set([permitted(refundPolicy).grantDigest, ...digests]).size).toBe(digests.length + 1);
});
