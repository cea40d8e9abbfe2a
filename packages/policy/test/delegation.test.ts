import { Refusal } from "@watchword/core";
import { describe, expect, test } from "vitest";
import {
  type Policy,
  ceilingFor,
  decide,
  delegatedCeiling,
  delegationRule,
  parsePolicy,
} from "../src/index.ts";
import { ACME, GLOBEX } from "./refund-request.ts";

const TEXT = `watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, lookup: {}, reader: {} }
workloads: { runtime: { identity: { localKey: dev }, agents: [support, lookup, reader], tenant: { fixed: acme } } }
grants:
  - { id: refund, agent: support, operation: payments/refunds.create, resource: { account: "\${tenant.payments.account}" }, lease: { action: 60s } }
  - { id: look, agent: [support, lookup, reader], operation: payments/charges.retrieve, resource: { account: "\${tenant.payments.account}" }, lease: { action: 60s } }
  - { id: list, agent: [lookup], operation: payments/charges.list, resource: { account: "\${tenant.payments.account}" }, lease: { action: 60s } }
delegation:
  - { parent: support, child: lookup, grants: [look, list], depth: 1, ttl: 30s }
  - { parent: lookup, child: reader, grants: [look], depth: 2, ttl: 10s }
`;
const policyOf = (text: string): Policy => parsePolicy([{ name: "policy.yaml", text }]);
const policy = policyOf(TEXT);

function decided(
  by: Policy,
  chain: readonly string[],
  operation: string,
  more: { depth?: number; agent?: string } = {},
) {
  const agent = more.agent ?? chain.at(-1) ?? "";
  return decide(by, {
    tenant: ACME,
    agent: { id: agent, version: "1" },
    workload: "runtime",
    principal: { kind: "user", issuer: "https://login.example", subject: "dana" },
    run: {
      id: "run_1",
      root: "run_1",
      background: false,
      assurance: "verified",
      depth: more.depth ?? chain.length - 1,
      chain,
      ceiling: ceilingFor(by, agent, ACME),
    },
    action: {
      system: "payments",
      operation,
      resource: { account: "acct_acme" },
      arguments: { charge: "ch_1" },
    },
    access: "read",
    facts: { owners: {}, values: {} },
    now: 1,
  });
}

describe("a delegated run", () => {
  test("may what its rule names and every ancestor may itself", () => {
    expect(decided(policy, ["support", "lookup"], "charges.retrieve").outcome).toBe("allow");
    expect(decided(policy, ["support", "lookup", "reader"], "charges.retrieve").outcome).toBe("allow");
  });

  test.for<[string, ReturnType<typeof decided>]>([
    [
      "what its own grant allows and its parent may not",
      decided(policy, ["support", "lookup"], "charges.list"),
    ],
    ["without a rule between the two", decided(policy, ["support", "reader"], "charges.retrieve")],
    ["against the direction of the rule", decided(policy, ["lookup", "support"], "charges.retrieve")],
    ["deeper than the rule allows", decided(policy, ["reader", "support", "lookup"], "charges.retrieve")],
    [
      "with a link of its chain left out",
      decided(policy, ["support", "reader"], "charges.retrieve", { depth: 2 }),
    ],
    [
      "with a chain that ends in another agent",
      decided(policy, ["support", "lookup"], "charges.retrieve", { agent: "reader" }),
    ],
    [
      "with a chain and a depth of none",
      decided(policy, ["support", "lookup"], "charges.retrieve", { depth: 0 }),
    ],
    ["with a depth and no chain", decided(policy, ["lookup"], "charges.retrieve", { depth: 1 })],
  ])("is refused %s", ([, decision]) => {
    expect(decision).toMatchObject({
      outcome: "deny",
      reason: "capability_exceeded",
      failedFact: "delegation",
    });
  });

  test("is refused what only its parent has a grant for", () => {
    expect(decided(policy, ["support", "lookup"], "refunds.create")).toMatchObject({
      outcome: "deny",
      reason: "not_granted",
    });
  });

  test.for([
    ["the rule is gone", TEXT.replace(/ {2}- \{ parent: support.*\n/, "")],
    ["the rule no longer names the grant", TEXT.replace("grants: [look, list]", "grants: [list]")],
    [
      "the parent's grant is gone",
      TEXT.replace("agent: [support, lookup, reader]", "agent: [lookup, reader]"),
    ],
  ])("is refused once the policy has changed: %s", ([, text]) => {
    expect(decided(policyOf(text ?? ""), ["support", "lookup"], "charges.retrieve")).toMatchObject({
      outcome: "deny",
      reason: "capability_exceeded",
    });
  });
});

describe("a grandchild is refused once the policy has changed", () => {
  const chain = ["support", "lookup", "reader"];
  test.for([
    ["the rule by which its parent was started is gone", TEXT.replace(/ {2}- \{ parent: support.*\n/, "")],
    ["its own rule is for less depth", TEXT.replace("depth: 2", "depth: 1")],
    [
      "its parent's grant only records, though its root's allows",
      TEXT.replace("agent: [support, lookup, reader]", "agent: [support, reader]")
        .replace(
          "grants:\n",
          'grants:\n  - { id: watched, mode: shadow, agent: lookup, operation: payments/charges.retrieve, resource: { account: "${tenant.payments.account}" }, lease: { action: 60s } }\n',
        )
        .replace("grants: [look, list]", "grants: [watched, list]"),
    ],
    [
      "its root's grant only records, and allows nothing",
      TEXT.replace("agent: [support, lookup, reader]", "agent: [lookup, reader]").replace(
        "grants:\n",
        'grants:\n  - { id: watched, mode: shadow, agent: support, operation: payments/charges.retrieve, resource: { account: "${tenant.payments.account}" }, lease: { action: 60s } }\n',
      ),
    ],
  ])("%s", ([, text]) => {
    expect(decided(policyOf(text ?? ""), chain, "charges.retrieve")).toMatchObject({
      outcome: "deny",
      reason: "capability_exceeded",
      failedFact: "delegation",
    });
  });
});

describe("a child's ceiling", () => {
  const rule = delegationRule(policy, "support", "lookup");
  if (rule === undefined) throw new Error("no rule");
  const parent = ceilingFor(policy, "support", ACME);
  const base = { rule, child: "lookup", tenant: ACME, parent };
  const look = {
    system: "payments",
    operation: "charges.retrieve",
    resource: { account: ["acct_acme"] },
    limits: {},
  };

  test("is what rule and parent both leave it", () => {
    expect(delegatedCeiling(policy, base)).toEqual([look]);
  });

  test("is exactly what was wanted, when that is within both", () => {
    const narrower = { ...look, limits: { charge: { in: ["ch_1"] } } };
    expect(delegatedCeiling(policy, { ...base, wanted: [narrower] })).toEqual([narrower]);
  });

  test.for([
    ["more than the parent has", { ...look, operation: "charges.list" }],
    ["more than the child's own grants", { ...look, operation: "refunds.create" }],
    ["another account", { ...look, resource: { account: ["acct_globex"] } }],
    ["any account", { ...look, resource: {} }],
  ] as const)("is refused for %s", ([, wanted]) => {
    expect(() => delegatedCeiling(policy, { ...base, wanted: [{ ...wanted, limits: {} }] as never })).toThrow(
      expect.objectContaining({ reason: "capability_exceeded" }) as Refusal,
    );
  });

  test("is refused when nothing is left: also for a tenant without the connection", () => {
    for (const part of [
      { parent: [] },
      { tenant: { id: "initech", systems: {} } },
      { tenant: GLOBEX },
      { wanted: [] },
    ])
      expect(() => delegatedCeiling(policy, { ...base, ...part })).toThrow(
        expect.objectContaining({ reason: "capability_exceeded" }) as Refusal,
      );
  });
});
