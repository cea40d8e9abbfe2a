import { mutatePolicy, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";

const POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {}, clerk: {} }
workloads:
  runtime: { identity: { localKey: runtime }, agents: [support, reader, clerk], tenant: { claim: org_id } }
approvers:
  leads: { issuer: "https://login.test.example", claim: { groups: leads } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    user: verified
    window: { days: mon-fri, from: "09:00", to: "18:00", zone: Europe/Berlin }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    budget: { sum: args.amount, max: "1000.00 USD", per: tenant, window: 24h }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }
  - { id: read, agent: [support, reader], operation: payments/charges.retrieve, resource: { account: "\${tenant.payments.account}" }, lease: { action: 30s } }
  - { id: list, agent: [reader, clerk], operation: payments/charges.list, resource: { account: "\${tenant.payments.account}" }, lease: { action: 30s } }
  - { id: read-all, agent: reader, operation: payments/charges.retrieve, resource: { account: "\${tenant.payments.account}" }, lease: { action: 30s } }
  - { id: look-on, agent: clerk, operation: payments/refunds.list, resource: { account: "\${tenant.payments.account}" }, lease: { action: 30s }, mode: shadow }
delegation:
  - { parent: support, child: reader, grants: [read], depth: 1, ttl: 5m }
  - { parent: reader, child: clerk, grants: [list], depth: 1, ttl: 5m }
`;
const policy = parsePolicy([{ name: "policy.yaml", text: POLICY }]);

test("every condition, limit, matcher and term of a grant is wider in one policy each, and nothing else is", () => {
  const mutations = mutatePolicy(policy);
  expect(mutations.filter(({ grant }) => grant === "refund").map(({ change }) => change)).toEqual([
    "agent reader may do it, too",
    "agent clerk may do it, too",
    "resource.account is not looked at",
    "args.charge ownedBy is not looked at",
    "args.amount max is not looked at",
    "args.amount max raised from 200.00 USD to 2000.01 USD",
    "user is not looked at",
    "window is not looked at",
    "approval is not looked at",
    "budget is not looked at",
    "once is not looked at",
    "approval asked for over 500.01 USD instead of 50.00 USD",
    "approval good for 18000s instead of 30m",
    "budget raised from 1000.00 USD to 10000.01 USD",
    "lease of 600s instead of 60s",
  ]);
  for (const { id, grant, policy: wider } of mutations) {
    const changed = wider.document.grants.filter((one, index) => one !== policy.document.grants[index]);
    const rules = wider.document.delegation.filter((one, index) => one !== policy.document.delegation[index]);
    expect(changed.length + rules.length, id).toBe(1);
    expect(changed[0]?.id ?? grant, id).toBe(grant);
    expect(wider.version, id).not.toBe(policy.version);
  }
});

test("a shadow grant, which allows nothing, is left alone, and every id is there once", () => {
  const mutations = mutatePolicy(policy);
  expect(mutations.map(({ grant }) => grant)).not.toContain("look-on");
  expect(new Set(mutations.map(({ id }) => id)).size).toBe(mutations.length);
});

test("a delegation rule may leave the child more, or longer; deeper only where a chain of rules gets there", () => {
  const rules = mutatePolicy(policy).filter(({ path }) => path[0] === "delegation");
  expect(rules.map(({ change }) => change)).toEqual([
    "reader > clerk: depth 2 instead of 1",
    "reader > clerk: 3000s instead of 5m",
    "support > reader: 3000s instead of 5m",
    "support > reader: grant read-all left to the child, too",
  ]);
});
