import type { DecisionRequest, FailedFact, Reason, Value } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { decide, hasGrant, parsePolicy } from "../src/index.ts";
import { REFUND_POLICY, changed } from "./refund-policy.ts";
import {
  type Change,
  GLOBEX,
  REFUND_REQUEST,
  at,
  checksOf,
  frozen,
  refundPolicy,
  withAction,
  withArguments,
  withOwners,
  withRun,
  withTenant,
} from "./refund-request.ts";

const usd = (minor: number): Value => ({ minor, currency: "USD" });
/** In the order in which they are made. */
const CHECKS = [
  "resource.account",
  "args.charge ownedBy",
  "user",
  "background",
  "args.amount max",
  "window",
  "once",
  "budget",
  "run ceiling",
];

test("the refund that everything below changes one fact of is allowed, and every check is told", () => {
  const decision = decide(refundPolicy, REFUND_REQUEST);
  expect(decision).toMatchObject({ outcome: "allow", grant: "refund", policyVersion: refundPolicy.version });
  expect(decision.explanation).toMatchObject({
    check: "grants of support for payments/refunds.create",
    passed: true,
    held: "1",
  });
  expect(checksOf(decision)).toEqual([`grant refund: ${CHECKS.join(", ")}`]);
});

/** What a check that fails is called. */
const REFUSED: Readonly<Record<string, [reason: Reason, failedFact: FailedFact]>> = {
  "resource.account": ["tenant_mismatch", "tenant"],
  "args.charge ownedBy": ["tenant_mismatch", "tenant"],
  user: ["user_required", "user"],
  background: ["condition_failed", "run"],
  "args.amount max": ["condition_failed", "argument:amount"],
  window: ["outside_window", "time"],
  once: ["condition_failed", "action"],
  "run ceiling": ["capability_exceeded", "delegation"],
};

const amount = (value: Value): Change => withArguments({ charge: "ch_1", amount: value });
const atMost = (minor: number): Change =>
  withRun({
    ceiling: [
      {
        system: "payments",
        operation: "refunds.create",
        resource: {},
        limits: { amount: { max: { minor, currency: "USD" } } },
      },
    ],
  });
const inherited = Object.create({ account: "acct_acme" }) as Record<string, string>;
const unconnected: Change = (request) =>
  withAction({ resource: {} })(withTenant({ id: "acme", systems: {} })(request));
const nameless = { id: "acme", systems: { payments: { account: "" } } };
const byItself = { kind: "agent", issuer: "urn:watchword", subject: "support" } as const;

describe("one fact differs:", () => {
  test.each<[title: string, check: string, change: Change]>([
    [
      "the account of another tenant",
      "resource.account",
      withAction({ resource: { account: "acct_globex" } }),
    ],
    ["an account in other letters", "resource.account", withAction({ resource: { account: "ACCT_acme" } })],
    ["no account", "resource.account", withAction({ resource: {} })],
    ["an account that is only inherited", "resource.account", withAction({ resource: inherited })],
    ["a run of another tenant", "resource.account", withTenant(GLOBEX)],
    ["a tenant without a connection", "resource.account", withTenant({ id: "acme", systems: {} })],
    ["a tenant without a connection, and no account", "resource.account", unconnected],
    ["a tenant whose account is empty", "resource.account", withTenant(nameless)],
    ["a charge of another tenant", "args.charge ownedBy", withOwners({ charge: "other" })],
    ["a charge that was not found", "args.charge ownedBy", withOwners({ charge: "unknown" })],
    ["a charge that nobody looked up", "args.charge ownedBy", withOwners({})],
    ["a charge beside an object of the tenant", "args.charge ownedBy", withOwners({ refund: "tenant" })],
    ["no user", "user", (request) => ({ ...request, principal: byItself })],
    ["a run in the background", "background", withRun({ background: true })],
    ["another currency", "args.amount max", amount({ minor: 1, currency: "EUR" })],
    ["no amount", "args.amount max", withArguments({ charge: "ch_1" })],
    ["an amount without a currency", "args.amount max", amount({ minor: 1 })],
    ["an amount below nothing", "args.amount max", amount(usd(-1))],
    ["an amount with something beside it", "args.amount max", amount({ minor: 1, currency: "USD", tip: 1 })],
    ["an amount as a number", "args.amount max", amount(42)],
    ["an amount as text", "args.amount max", amount("42.00 USD")],
    ["a Saturday", "window", at("2026-03-07T10:00:00Z")],
    ["the second before nine", "window", at("2026-03-04T07:59:59Z")],
    ["six in the evening", "window", at("2026-03-04T17:00:00Z")],
    ["nine by the clock that ended with winter", "window", at("2026-03-30T06:59:59Z")],
    ["a Friday in UTC that is Saturday in Berlin", "window", at("2026-03-06T23:30:00Z")],
    ["no charge to be once by", "once", withArguments({ amount: usd(4_200) })],
    ["a run that may do nothing", "run ceiling", withRun({ ceiling: [] })],
    ["a run that may refund less", "run ceiling", atMost(4_199)],
  ])("%s is refused by the check of %s", (_title, check, change) => {
    const [reason, failedFact] = REFUSED[check] ?? [];
    expectRefused(check, change, reason, failedFact);
  });

  test("a cent over the limit is refused as too much", () => {
    expectRefused("args.amount max", amount(usd(20_001)), "limit_exceeded", "argument:amount");
  });

  test.each<[string, Change]>([
    ["another agent", (request) => ({ ...request, agent: { id: "reader", version: "3" } })],
    [
      "an agent whose name begins alike",
      (request) => ({ ...request, agent: { id: "support-2", version: "3" } }),
    ],
    ["another operation", withAction({ operation: "refunds.cancel" })],
    ["another system", withAction({ system: "payments-eu" })],
    ["the same words cut elsewhere", withAction({ system: "payments/refunds", operation: "create" })],
    ["an operation out of JavaScript", withAction({ operation: "constructor" })],
  ])("%s has no grant, and is refused", (_title, change) => {
    const request = frozen(change(REFUND_REQUEST));
    expect(decide(refundPolicy, request)).toMatchObject({
      outcome: "deny",
      reason: "not_granted",
      failedFact: "action",
      grant: undefined,
      explanation: { passed: false, held: "0", children: [] },
    });
    expect(hasGrant(refundPolicy, request.agent.id, request.action.system, request.action.operation)).toBe(
      false,
    );
  });

  test.each<[string, Change]>([
    ["another version of the agent", (request) => ({ ...request, agent: { id: "support", version: "4" } })],
    ["the limit itself", withArguments({ charge: "ch_1", amount: usd(5_000) })],
    ["nothing at all", withArguments({ charge: "ch_1", amount: usd(0) })],
    ["nine o'clock", at("2026-03-04T08:00:00Z")],
    ["the last second before six", at("2026-03-04T16:59:59Z")],
    ["nine by the clock that began with summer", at("2026-03-30T07:00:00Z")],
  ])("%s makes no difference, and is allowed", (_title, change) => {
    expect(decide(refundPolicy, frozen(change(REFUND_REQUEST)))).toMatchObject({
      outcome: "allow",
      grant: "refund",
    });
  });
});

describe("a resource field that names no tenant", () => {
  const policy = parsePolicy([
    { name: "policy.yaml", text: changed(REFUND_POLICY, "{ account:", '{ region: "eu", account:') },
  ]);
  test.each<[string, Record<string, string>]>([
    ["another value", { region: "us", account: "acct_acme" }],
    ["no value", { account: "acct_acme" }],
  ])("with %s is refused without speaking of tenants", (_title, resource) => {
    const decision = decide(policy, withAction({ resource })(REFUND_REQUEST));
    expect(decision).toMatchObject({ outcome: "deny", reason: "condition_failed", failedFact: "resource" });
    expect(checksOf(decision)).toEqual(["grant refund: !resource.region"]);
  });
});

describe("a tenant or user that the workload merely asserts", () => {
  const open = changed(REFUND_POLICY, "    user: verified\n", "");
  const parse = (text: string): ReturnType<typeof parsePolicy> =>
    parsePolicy([{ name: "policy.yaml", text }]);
  const asserted = withRun({ assurance: "asserted" });

  test("writes nothing, and nothing after that is looked at", () => {
    const decision = decide(parse(open), asserted(REFUND_REQUEST));
    expect(decision).toMatchObject({ outcome: "deny", reason: "assurance_too_low", failedFact: "tenant" });
    expect(checksOf(decision)).toEqual(["grant refund: resource.account, args.charge ownedBy, !assurance"]);
  });

  test("reads, and writes where the grant accepts that", () => {
    const read: DecisionRequest = { ...asserted(REFUND_REQUEST), access: "read" };
    expect(decide(parse(open), read)).toMatchObject({ outcome: "allow" });
    const accepting = changed(
      open,
      "    background: false\n",
      "    background: false\n    acceptAsserted: true\n",
    );
    expect(decide(parse(accepting), asserted(REFUND_REQUEST))).toMatchObject({ outcome: "allow" });
  });

  test("is nobody's verified user, even where the grant accepts that", () => {
    const accepting = changed(
      REFUND_POLICY,
      "    user: verified\n",
      "    user: verified\n    acceptAsserted: true\n",
    );
    expect(decide(parse(accepting), asserted(REFUND_REQUEST))).toMatchObject({
      outcome: "deny",
      reason: "user_required",
      failedFact: "user",
    });
  });
});

/** Refused there: everything before it passed, and nothing after it was looked at. */
function expectRefused(check: string, change: Change, reason?: Reason, failedFact?: FailedFact): void {
  const decision = decide(refundPolicy, frozen(change(REFUND_REQUEST)));
  const { version: policyVersion } = refundPolicy;
  expect(decision).toMatchObject({ outcome: "deny", reason, failedFact, grant: "refund", policyVersion });
  expect(decision.explanation.passed).toBe(false);
  const passed = CHECKS.slice(0, CHECKS.indexOf(check));
  expect(checksOf(decision)).toEqual([`grant refund: ${[...passed, `!${check}`].join(", ")}`]);
}
