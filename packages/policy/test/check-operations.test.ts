import { type Catalogue, ProposedMoney, operation } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkOperations, describeProblem, parsePolicy } from "../src/index.ts";
import { REFUND_POLICY, changed } from "./refund-policy.ts";

const stripe: Catalogue = {
  adapter: "stripe",
  operations: {
    refundsCreate: operation({
      name: "refunds.create",
      access: "write",
      title: "Give money of one charge back",
      resource: { account: "Account that owns the charge" },
      arguments: z.strictObject({
        charge: z.string(),
        amount: ProposedMoney.optional(),
        reason: z.enum(["duplicate", "fraudulent"]).optional(),
        parts: z.int().optional(),
        urgent: z.boolean().optional(),
        tags: z.array(z.string()).optional(),
      }),
      references: ["charge"],
      decided: ["amount"],
      example: { charge: "ch_1" },
    }),
    ping: operation({
      name: "ping",
      access: "read",
      title: "Ask whether it is there",
      resource: { account: "Account", region: "Where it lives" },
      arguments: z.strictObject({}),
      references: [],
      decided: [],
      example: {},
    }),
  },
};

const check = (
  text: string,
  catalogues: Readonly<Record<string, Catalogue>> = { payments: stripe },
): string[] => checkOperations(parsePolicy([{ name: "policy.yaml", text }]), catalogues).map(describeProblem);

const AMOUNT = 'args.amount: { max: "200.00 USD" }';
const NAMES = "charge, amount, reason, parts, urgent, tags";

describe("a policy that fits its catalogues", () => {
  test("has no problem", () => {
    expect(check(REFUND_POLICY)).toEqual([]);
  });

  test.each([
    "args.reason: { in: [duplicate] }",
    "args.reason: { equals: duplicate }",
    "args.parts: { min: 1, max: 3 }",
    "args.urgent: { equals: false }",
    "args.charge: { ownedBy: tenant, in: [ch_1] }",
    "args.charge: { prefix: /ch }",
  ])("may hold the rule %s", (rule) => {
    const text = changed(REFUND_POLICY, "where: { args.charge: { ownedBy: tenant },", "where: {");
    expect(check(changed(text, AMOUNT, rule))).toEqual([]);
  });
});

describe("a grant that could never be checked is refused before anything runs:", () => {
  test.each<[string, string, string, ...string[]]>([
    [
      "an operation that the system does not have",
      "payments/refunds.create",
      "payments/refunds.creat",
      "10:5  refunds.creat is not an operation of stripe (known: refunds.create, ping)",
    ],
    [
      "a resource field that the operation does not have",
      "{ account:",
      '{ region: "eu", account:',
      "11:17  refunds.create has no resource field region (it has: account)",
    ],
    [
      "a resource that is left open",
      "{ account:",
      "{ tenant:",
      "11:17  refunds.create has no resource field tenant (it has: account)",
      "11:5  resource.account must be named: without it the grant would hold for every account",
    ],
    [
      "a rule on an argument that is not there",
      AMOUNT,
      "args.cents: { max: 5 }",
      `12:48  refunds.create has no argument cents (it has: ${NAMES})`,
    ],
    [
      "an argument out of JavaScript",
      AMOUNT,
      "args.toString: { min: 5 }",
      `12:48  refunds.create has no argument toString (it has: ${NAMES})`,
    ],
    [
      "an owner that nobody can look up",
      AMOUNT,
      "args.reason: { ownedBy: tenant }",
      "12:48  the owner of args.reason cannot be looked up (it can for: charge)",
    ],
    [
      "an amount as a bare number",
      AMOUNT,
      "args.amount: { max: 20000 }",
      '12:48  args.amount is an amount of money ("50.00 USD"), and the rule is for a number',
    ],
    [
      "an amount as one of some words",
      AMOUNT,
      "args.amount: { in: [all] }",
      '12:48  args.amount is an amount of money ("50.00 USD"), and the rule is for a string',
    ],
    [
      "a number as an amount",
      AMOUNT,
      'args.parts: { max: "5 USD" }',
      '12:48  args.parts is a number, and the rule is for an amount of money ("50.00 USD")',
    ],
    [
      "a word as a number",
      AMOUNT,
      "args.reason: { min: 1 }",
      "12:48  args.reason is a string, and the rule is for a number",
    ],
    [
      "a list as a word",
      AMOUNT,
      "args.tags: { in: [a] }",
      "12:48  args.tags is not comparable, and the rule is for a string",
    ],
    [
      "a flag as a path",
      AMOUNT,
      "args.urgent: { prefix: / }",
      "12:48  args.urgent is not comparable, and the rule is for a string",
    ],
    [
      "an approval over something that is no amount",
      "args.amount: { over",
      "args.parts: { over",
      '16:25  args.parts is a number, and the rule is for an amount of money ("50.00 USD")',
    ],
    [
      "a budget of something that is no amount",
      "sum: args.amount",
      "sum: args.charge",
      '17:15  args.charge is a string, and the rule is for an amount of money ("50.00 USD")',
    ],
    [
      "a budget of an argument that is not there",
      "sum: args.amount",
      "sum: args.total",
      `17:15  refunds.create has no argument total (it has: ${NAMES})`,
    ],
    [
      "an effect that is once by an argument that is not there",
      "[args.charge]",
      "[args.charge, args.key]",
      `18:13  refunds.create has no argument key (it has: ${NAMES})`,
    ],
    [
      "two things at once",
      `${AMOUNT} }`,
      "args.cents: { max: 5 }, args.parts: { in: [a] } }",
      `12:48  refunds.create has no argument cents (it has: ${NAMES})`,
      "12:72  args.parts is a number, and the rule is for a string",
    ],
  ])("%s", (_title, from, to, ...problems) => {
    expect(check(changed(REFUND_POLICY, from, to))).toEqual(
      problems.map((problem) => `policy.yaml:${problem}`),
    );
  });
});

describe("a system", () => {
  test("that is declared and not configured is refused", () => {
    expect(check(REFUND_POLICY, {})).toEqual([
      "policy.yaml:10:5  system payments is not configured (configured: none)",
    ]);
    expect(check(REFUND_POLICY, { code: stripe })).toEqual([
      "policy.yaml:10:5  system payments is not configured (configured: code)",
    ]);
  });

  test("that is configured only by inheritance is refused", () => {
    expect(
      check(REFUND_POLICY, Object.create({ payments: stripe }) as Record<string, Catalogue>),
    ).toHaveLength(1);
  });

  test("that is another adapter than declared is refused", () => {
    expect(check(REFUND_POLICY, { payments: { ...stripe, adapter: "paypal" } })).toEqual([
      "policy.yaml:10:5  system payments is declared as stripe and configured as paypal",
    ]);
  });

  test("of which the policy names only the account must be configured too", () => {
    const text = changed(
      changed(REFUND_POLICY, "stripe } }", "stripe }, ledger: { adapter: stripe } }"),
      "payments.account",
      "ledger.account",
    );
    expect(check(text)).toEqual(["policy:1:1  system ledger is not configured (configured: payments)"]);
    expect(check(text, { payments: stripe, ledger: stripe })).toEqual([]);
  });

  test("that is configured and not declared is left alone: the policy cannot reach it", () => {
    expect(check(REFUND_POLICY, { payments: stripe, code: stripe })).toEqual([]);
  });
});

test("problems of several files stand in their own files", () => {
  const split = REFUND_POLICY.indexOf("grants:");
  const second = changed(REFUND_POLICY.slice(split), "id: refund", "id: another").replace(
    "refunds.create",
    "nothing",
  );
  const policy = parsePolicy([
    { name: "a.yaml", text: REFUND_POLICY },
    { name: "b.yaml", text: `watchword: 1\n${second}` },
  ]);
  expect(checkOperations(policy, { payments: stripe }).map(describeProblem)).toEqual([
    "b.yaml:5:5  nothing is not an operation of stripe (known: refunds.create, ping)",
  ]);
});

test("a lease of a run is for reads", () => {
  const policy = parsePolicy([
    { name: "policy.yaml", text: changed(REFUND_POLICY, "action: 60s", "run: 10m") },
  ]);
  expect(checkOperations(policy, { payments: stripe }).map(describeProblem)).toEqual([
    expect.stringMatching(/^policy\.yaml:19:14 {2}refunds\.create writes; only reads share a credential/),
  ]);
});
