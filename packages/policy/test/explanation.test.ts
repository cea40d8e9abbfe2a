import type { DecisionRequest, EvidenceFact, Explanation, Value } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type Policy, decide, parsePolicy } from "../src/index.ts";
import { REFUND_POLICY, changed } from "./refund-policy.ts";
import {
  type Change,
  GLOBEX,
  REFUND_REQUEST,
  at,
  refundPolicy,
  withAction,
  withArguments,
  withOwners,
  withRun,
  withTenant,
} from "./refund-request.ts";

type Told = readonly [check: string, passed: boolean, required: string | undefined, held: string | undefined];

/** What the operator reads of the only grant's checks, in their order. */
function told(policy: Policy, request: DecisionRequest): readonly Told[] {
  const { explanation } = decide(policy, request);
  const [grant, ...more] = explanation.children ?? [];
  expect(grant?.passed).toBe(grant?.children?.every(({ passed }) => passed));
  if (grant === undefined || more.length > 0) throw new Error("expected one grant");
  return (grant.children ?? []).map(({ check, passed, required, held }: Explanation) => [
    check,
    passed,
    required,
    held,
  ]);
}
const policyOf = (text: string): Policy => parsePolicy([{ name: "policy.yaml", text }]);
const unlimited = withRun({
  ceiling: [{ system: "payments", operation: "refunds.create", resource: {}, limits: {} }],
});
const amount = (value: Value): Change => withArguments({ charge: "ch_1", amount: value });

test("of an allowed action the operator reads what each check wanted and what it found", () => {
  expect(decide(refundPolicy, REFUND_REQUEST).explanation).toEqual({
    check: "grants of support for payments/refunds.create",
    passed: true,
    held: "1",
    children: [
      {
        check: "grant refund",
        passed: true,
        children: [
          { check: "resource.account", passed: true, required: "acct_acme", held: "acct_acme" },
          { check: "args.charge ownedBy", passed: true, required: "tenant", held: "tenant" },
          { check: "user", passed: true, required: "a verified user", held: "user, verified" },
          { check: "background", passed: true, required: "false", held: "false" },
          { check: "args.amount max", passed: true, required: "200.00 USD", held: "42.00 USD" },
          {
            check: "window",
            passed: true,
            required: "inside the window",
            held: "2026-03-04T10:00:00.000Z",
          },
          { check: "once", passed: true, required: "every argument it is once by", held: "all" },
          { check: "budget", passed: true, required: "an amount in USD", held: "42.00 USD" },
          {
            check: "run ceiling",
            passed: true,
            required: "the run's ceiling covers the action",
            held: "1 capabilities",
          },
        ],
      },
    ],
  });
});

describe("of a refused action the operator reads what was wanted and what was there:", () => {
  test.each<[title: string, change: Change, told: readonly [string, string, string]]>([
    [
      "another account",
      withAction({ resource: { account: "acct_globex" } }),
      ["resource.account", "acct_acme", "acct_globex"],
    ],
    ["no account", withAction({ resource: {} }), ["resource.account", "acct_acme", "absent"]],
    [
      "a tenant without a connection",
      withTenant({ ...GLOBEX, systems: {} }),
      ["resource.account", "${tenant.payments.account} (the tenant has none)", "acct_acme"],
    ],
    ["another tenant's charge", withOwners({ charge: "other" }), ["args.charge ownedBy", "tenant", "other"]],
    ["a charge of nobody", withOwners({}), ["args.charge ownedBy", "tenant", "unknown"]],
    [
      "no user",
      (request) => ({ ...request, principal: { ...request.principal, kind: "agent" } }),
      ["user", "a verified user", "agent, verified"],
    ],
    [
      "a user that nobody verified",
      (request) => withRun({ assurance: "asserted" })({ ...request, access: "read" }),
      ["user", "a verified user", "user, asserted"],
    ],
    [
      "a tenant that nobody verified",
      withRun({ assurance: "asserted" }),
      ["assurance", "a verified tenant, or acceptAsserted", "asserted"],
    ],
    ["a run in the background", withRun({ background: true }), ["background", "false", "true"]],
    ["too much", amount({ minor: 20_001, currency: "USD" }), ["args.amount max", "200.00 USD", "200.01 USD"]],
    ["no amount", withArguments({ charge: "ch_1" }), ["args.amount max", "200.00 USD", "absent"]],
    ["an amount as text", amount("42"), ["args.amount max", "200.00 USD", '"42"']],
    ["the evening", at("2026-03-04T17:00:00Z"), ["window", "inside the window", "2026-03-04T17:00:00.000Z"]],
    [
      "nothing to be once by",
      withArguments({ amount: { minor: 1, currency: "USD" } }),
      ["once", "every argument it is once by", "charge is absent"],
    ],
    [
      "a narrower run",
      withRun({ ceiling: [] }),
      ["run ceiling", "the run's ceiling covers the action", "0 capabilities"],
    ],
  ])("%s", (_title, change, [check, required, held]) => {
    expect(told(refundPolicy, change(REFUND_REQUEST)).at(-1)).toEqual([check, false, required, held]);
  });

  test.each<[title: string, value: Value | undefined, held: string]>([
    ["no amount", undefined, "absent"],
    ["another currency", { minor: 100, currency: "EUR" }, "1.00 EUR"],
    ["a number", 5, "5"],
  ])("of a budget: %s", (_title, value, held) => {
    const policy = policyOf(changed(REFUND_POLICY, ', args.amount: { max: "200.00 USD" }', ""));
    const values = { charge: "ch_1", ...(value === undefined ? {} : { amount: value }) };
    expect(told(policy, unlimited(withArguments(values)(REFUND_REQUEST))).at(-1)).toEqual([
      "budget",
      false,
      "an amount in USD",
      held,
    ]);
  });

  test.each<[rule: string, value: Value, told: readonly [string, string, string]]>([
    ['{ equals: "eu" }', "us", ["equals", '"eu"', '"us"']],
    ["{ in: [card, bank] }", "cash", ["in", "card, bank", '"cash"']],
    ["{ prefix: /docs }", "/etc", ["prefix", "/docs", '"/etc"']],
    ["{ min: 2 }", 1, ["min", "2", "1"]],
    ["{ max: 5 }", 6, ["max", "5", "6"]],
    ['{ max: "5.00 USD" }', { minor: 501, currency: "USD" }, ["max", "5.00 USD", "5.01 USD"]],
  ])("of the rule %s", (rule, x, [name, required, held]) => {
    const policy = policyOf(
      changed(REFUND_POLICY, ', args.amount: { max: "200.00 USD" }', `, args.x: ${rule}`),
    );
    const request = withArguments({ charge: "ch_1", amount: { minor: 1, currency: "USD" }, x })(
      REFUND_REQUEST,
    );
    expect(told(policy, unlimited(request)).at(-1)).toEqual([`args.x ${name}`, false, required, held]);
  });
});

describe("of a delegated run the operator reads every link:", () => {
  const policy = policyOf(`watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, lookup: {}, reader: {} }
workloads: { runtime: { identity: { localKey: dev }, agents: [support, lookup, reader], tenant: { fixed: acme } } }
grants:
  - { id: own, agent: [support, lookup], operation: payments/refunds.create, resource: { account: "\${tenant.payments.account}" }, lease: { action: 60s } }
  - { id: child, agent: reader, operation: payments/refunds.create, resource: { account: "\${tenant.payments.account}" }, lease: { action: 60s } }
delegation:
  - { parent: support, child: lookup, grants: [own], depth: 1, ttl: 30s }
  - { parent: lookup, child: reader, grants: [child], depth: 1, ttl: 10s }
`);
  const linked = (chain: readonly string[], depth = chain.length - 1): readonly Told[] => {
    const agent = { id: chain.at(-1) ?? "", version: "1" };
    return told(policy, unlimited(withRun({ chain, depth })({ ...REFUND_REQUEST, agent })));
  };
  const CHAIN = ["delegation chain", true, "one agent for each level"];

  test("all of them, when it is allowed", () => {
    expect(linked(["support", "lookup"])).toEqual([
      ["resource.account", true, "acct_acme", "acct_acme"],
      [...CHAIN, "support > lookup"],
      ["delegation support > lookup", true, "depth 1 at most", "depth 1"],
      ["delegation grant", true, "named by the delegation rule", "own"],
      ["delegation within support", true, "every ancestor may do the same", "support"],
      ["run ceiling", true, "the run's ceiling covers the action", "1 capabilities"],
    ]);
  });

  test("the one that is too deep", () => {
    expect(linked(["support", "lookup", "reader"]).slice(1)).toEqual([
      [...CHAIN, "support > lookup > reader"],
      ["delegation support > lookup", true, "depth 1 at most", "depth 1"],
      ["delegation lookup > reader", false, "depth 1 at most", "depth 2"],
    ]);
  });

  test("the one without a rule, and the chain that does not fit its depth", () => {
    expect(linked(["support", "reader"]).at(-1)).toEqual([
      "delegation support > reader",
      false,
      "a delegation rule",
      "none",
    ]);
    expect(linked(["support", "lookup"], 2).at(-1)).toEqual([
      "delegation chain",
      false,
      "one agent for each level",
      "support > lookup",
    ]);
  });

  test("none of them for a root run", () => {
    expect(linked(["support"]).map(([check]) => check)).toEqual(["resource.account", "run ceiling"]);
  });
});

describe("of the eval gate the operator reads about which commit, how it stood and for how long:", () => {
  const HEAD = "a".repeat(40);
  const policy = policyOf(`watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads: { runtime: { identity: { localKey: dev }, agents: [support], tenant: { fixed: acme } } }
evidence:
  evals: { issuer: github-actions, repositoryId: "123", workflow: .github/workflows/evals.yml, ref: refs/heads/main }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    evidence: { source: evals, result: pass, commit: facts.head, maxAge: 2h }
    lease: { action: 60s }
`);
  const { now } = REFUND_REQUEST;
  const green: EvidenceFact = { state: "pass", commit: HEAD, finishedAt: now - 60, detail: "run 1" };
  const gate = (evidence: EvidenceFact | undefined, head: Value | undefined = HEAD): Told | undefined =>
    told(policy, {
      ...unlimited(REFUND_REQUEST),
      facts: { owners: {}, values: head === "" ? {} : { head } },
      ...(evidence === undefined ? {} : { evidence: { evals: evidence } }),
    }).find(([check]) => check === "evidence evals");
  const WANTED = `pass for ${HEAD}, at most 7200 s old`;

  test.each<[title: string, fact: EvidenceFact | undefined, passed: boolean, held: string]>([
    ["green", green, true, "pass, 60 s old; run 1"],
    ["green to the last second", { ...green, finishedAt: now - 7_200 }, true, "pass, 7200 s old; run 1"],
    ["green by a clock that is ahead", { ...green, finishedAt: now + 30 }, true, "pass, -30 s old; run 1"],
    ["green from too far ahead", { ...green, finishedAt: now + 31 }, false, "pass, -31 s old; run 1"],
    ["red", { ...green, state: "fail" }, false, "fail, 60 s old; run 1"],
    ["still running", { ...green, state: "pending", finishedAt: null }, false, "pending; run 1"],
    ["of another commit", { ...green, commit: "b".repeat(40) }, false, "nothing about this commit"],
    ["of nobody", undefined, false, "nothing about this commit"],
  ])("%s", (_title, fact, passed, held) => {
    expect(gate(fact)).toEqual(["evidence evals", passed, WANTED, held]);
  });

  test("of a commit that the broker did not read", () => {
    expect(gate(green, "")).toEqual([
      "evidence evals",
      false,
      "pass for a commit that the broker read, at most 7200 s old",
      "nothing about this commit",
    ]);
  });
});
