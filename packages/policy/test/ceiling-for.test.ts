import { Ceiling, ceilingAllows } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Grant, ceilingFor, decide, definePolicy } from "../src/index.ts";
import { compilePolicy } from "../src/policy.ts";
import { anyPolicy, anyRequest } from "./any-decision.ts";
import { ACME, GLOBEX, REFUND_REQUEST, refundPolicy } from "./refund-request.ts";

const grant = (id: string, more: Partial<Grant> = {}): Grant => ({
  id,
  agent: "support",
  operation: "payments/refunds.create",
  resource: { account: "${tenant.payments.account}" },
  lease: { action: "60s" },
  ...more,
});
const policyOf = (...grants: Grant[]): ReturnType<typeof definePolicy> =>
  definePolicy({
    ...refundPolicy.document,
    agents: { support: {}, reader: {} },
    approvers: {},
    grants: [...grants, grant("z-rest", { agent: "reader", operation: "payments/charges.retrieve" })],
  });
const limitsOf = (where: NonNullable<Grant["where"]>): unknown =>
  ceilingFor(policyOf(grant("a", { where })), "support", ACME)[0]?.limits;

describe("the ceiling of a run", () => {
  test("is the grants of its agent, filled in for its tenant", () => {
    expect(ceilingFor(refundPolicy, "support", ACME)).toEqual([
      {
        system: "payments",
        operation: "refunds.create",
        resource: { account: ["acct_acme"] },
        limits: { amount: { max: { minor: 20_000, currency: "USD" } } },
      },
    ]);
  });

  test("of another tenant holds nothing of this one's", () => {
    const ceiling = ceilingFor(refundPolicy, "support", GLOBEX);
    expect(JSON.stringify(ceiling)).not.toContain("acme");
    expect(ceilingAllows(ceiling, REFUND_REQUEST.action)).toBe(false);
  });

  test("holds nothing of another agent, and an unknown agent has an empty one", () => {
    const policy = policyOf(
      grant("a"),
      grant("both", { agent: ["support", "reader"], resource: { tenant: "${tenant.id}" } }),
    );
    expect(
      ceilingFor(policy, "reader", ACME).map(({ operation, resource }) => [operation, resource]),
    ).toEqual([
      ["refunds.create", { tenant: ["acme"] }],
      ["charges.retrieve", { account: ["acct_acme"] }],
    ]);
    expect(ceilingFor(policy, "support-2", ACME)).toEqual([]);
    expect(ceilingFor(policy, "constructor", ACME)).toEqual([]);
  });

  test("holds nothing for a system to which the tenant has no connection", () => {
    expect(ceilingFor(refundPolicy, "support", { id: "acme", systems: {} })).toEqual([]);
    const inherited = { id: "acme", systems: Object.create(ACME.systems) as typeof ACME.systems };
    expect(ceilingFor(refundPolicy, "support", inherited)).toEqual([]);
  });

  test("holds nothing of a grant in shadow mode", () => {
    expect(ceilingFor(policyOf(grant("a", { mode: "shadow" })), "support", ACME)).toEqual([]);
  });

  test.each<[string, NonNullable<Grant["where"]>, unknown]>([
    [
      "an amount",
      { "args.amount": { max: "1.50 EUR" } },
      { amount: { max: { minor: 150, currency: "EUR" } } },
    ],
    ["a list of words", { "args.kind": { in: ["a", "b"] } }, { kind: { in: ["a", "b"] } }],
    ["one word", { "args.kind": { equals: "a" } }, { kind: { in: ["a"] } }],
    [
      "a number, a flag, an owner or a prefix, which it cannot express",
      {
        "args.count": { max: 5 },
        "args.flag": { equals: true },
        "args.charge": { ownedBy: "tenant" },
        "args.path": { prefix: "/" },
      },
      {},
    ],
  ])("bounds arguments by %s", (_title, where, limits) => {
    expect(limitsOf(where)).toEqual(limits);
  });

  test("is a ceiling by core's schema, whatever the policy", () => {
    fc.assert(
      fc.property(anyPolicy, anyRequest, (document, { agent, tenant }) => {
        const ceiling = ceilingFor(compile(document), agent.id, tenant);
        expect(Ceiling.parse(ceiling)).toEqual(ceiling);
      }),
      { numRuns: 300 },
    );
  });

  test("takes nothing away that the policy grants, and gives nothing that it does not", () => {
    let allowed = 0;
    fc.assert(
      fc.property(anyPolicy, anyRequest, (document, request) => {
        const policy = compile(document);
        const { system, operation } = request.action;
        const under = (ceiling: Ceiling): ReturnType<typeof decide> =>
          decide(policy, { ...request, run: { ...request.run, ceiling } });
        const unlimited = under([{ system, operation, resource: {}, limits: {} }]);
        const own = under(ceilingFor(policy, request.agent.id, request.tenant));
        expect(own.outcome).toBe(unlimited.outcome);
        if (own.outcome !== "deny") allowed += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(allowed).toBeGreaterThan(25);
  });
});

function compile(document: Parameters<typeof compilePolicy>[0]): ReturnType<typeof compilePolicy> {
  return compilePolicy(document, () => ({ file: "policy", line: 1, column: 1 }));
}
