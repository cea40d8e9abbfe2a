import { describe, expect, test } from "vitest";
import {
  type LocalCall,
  type Policy,
  type Projection,
  decide,
  denyLocally,
  parsePolicy,
  projectPolicy,
  readProjection,
} from "../src/index.ts";

const policy = parsePolicy([
  {
    name: "policy.yaml",
    text: `watchword: 1
systems: { payments: { adapter: stripe }, orders: { adapter: jwt } }
agents: { support: { owner: team-secret }, lookup: {}, treasury: {} }
workloads:
  hidden-workload: { identity: { localKey: dev }, agents: [support, lookup, treasury], tenant: { claim: org_id } }
approvers: { hidden-leads: { issuer: "https://login.example", claim: { groups: hidden-group } } }
evidence: { hidden-evals: { issuer: dsse, suite: s, keys: [{ kty: OKP, crv: Ed25519, x: "${"A".repeat(43)}" }] } }
grants:
  - id: refund
    agent: [support, treasury]
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant, prefix: "/ch" }, args.amount: { max: "200.00 USD" }, args.owner: { ownedBy: tenant } }
    user: verified
    background: false
    window: { days: mon-fri, from: "09:00", to: "18:00", zone: Europe/Berlin }
    approval: { by: hidden-leads, expires: 30m }
    budget: { sum: args.amount, max: "7777.00 USD", per: tenant, window: 24h }
    evidence: { source: hidden-evals, result: pass, commit: facts.head, maxAge: 2h }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }
  - id: payout
    agent: treasury
    operation: payments/payouts.create
    resource: { account: "acct-hidden" }
    shared: all
    lease: { action: 60s }
  - id: trial
    agent: support
    operation: orders/orders.cancel
    resource: { tenant: "\${tenant.id}" }
    mode: shadow
    lease: { action: 60s }
  - id: orders
    agent: [support, lookup]
    operation: orders/orders.read
    resource: { tenant: "\${tenant.id}", region: eu }
    lease: { action: 60s }
delegation:
  - { parent: support, child: lookup, grants: [orders], depth: 1, ttl: 30s }
  - { parent: treasury, child: treasury, grants: [payout], depth: 3, ttl: 30s }
`,
  },
]);

/** Wednesday, 11:00 in Berlin. */
const NOON = Date.parse("2026-03-04T10:00:00Z") / 1_000;

const READ: LocalCall = {
  chain: ["support"],
  tenant: "acme",
  principalKind: "user",
  background: false,
  action: {
    system: "orders",
    operation: "orders.read",
    resource: { tenant: "acme", region: "eu" },
    arguments: {},
  },
  now: NOON,
};
const REFUND: LocalCall = {
  ...READ,
  action: {
    system: "payments",
    operation: "refunds.create",
    resource: { account: "acct_other" },
    arguments: { charge: "/ch/1", amount: { minor: 100, currency: "USD" } },
  },
};

function projectionOf(agents: readonly string[], of: Policy = policy): Projection {
  const projection = readProjection(JSON.parse(JSON.stringify(projectPolicy(of, agents))));
  if (projection === undefined) throw new Error("the projection does not read");
  return projection;
}
const support = projectionOf(["support"]);
const reasonOf = (call: LocalCall, projection: Projection = support): string | undefined =>
  denyLocally(projection, call)?.reason;

describe("what a runtime gets to know", () => {
  test("is its agent's grants and delegation rules: nobody's identity, and nothing of another agent", () => {
    const text = JSON.stringify(projectPolicy(policy, ["support"]));
    expect(text).not.toMatch(
      /hidden|secret|treasury|payout|7777|approval|evidence|ownedBy|tenant\.payments|trial/,
    );
    expect(projectPolicy(policy, ["support"])).toMatchObject({
      projection: 1,
      policyVersion: policy.version,
      agents: ["support"],
      grants: [
        { id: "orders", resource: { tenant: "${tenant.id}", region: "eu" } },
        { id: "refund", resource: {} },
      ],
      delegation: [{ parent: "support", child: "lookup", grants: ["orders"], depth: 1 }],
    });
  });

  test("is the same for the same policy and agents, in whatever order they are named", () => {
    expect(JSON.stringify(projectPolicy(policy, ["lookup", "support", "lookup"]))).toBe(
      JSON.stringify(projectPolicy(policy, ["support", "lookup"])),
    );
  });
});

describe("a runtime denies by itself", () => {
  test.for<{ name: string; call: LocalCall; reason: string; fact: string }>([
    {
      name: "what no grant speaks of",
      call: { ...READ, action: { ...READ.action, operation: "orders.delete" } },
      reason: "not_granted",
      fact: "action",
    },
    {
      name: "what only a shadow grant speaks of",
      call: { ...READ, action: { ...READ.action, operation: "orders.cancel" } },
      reason: "not_granted",
      fact: "action",
    },
    {
      name: "another tenant's resource",
      call: { ...READ, tenant: "globex" },
      reason: "tenant_mismatch",
      fact: "tenant",
    },
    {
      name: "another resource than the policy spells out",
      call: { ...READ, action: { ...READ.action, resource: { tenant: "acme", region: "us" } } },
      reason: "condition_failed",
      fact: "resource",
    },
    {
      name: "an amount over the limit",
      call: {
        ...REFUND,
        action: { ...REFUND.action, arguments: { amount: { minor: 20_001, currency: "USD" } } },
      },
      reason: "limit_exceeded",
      fact: "argument:amount",
    },
    {
      name: "an amount over the limit in whatever currency it turns out to be",
      call: { ...REFUND, action: { ...REFUND.action, arguments: { amount: { minor: 20_001 } } } },
      reason: "limit_exceeded",
      fact: "argument:amount",
    },
    {
      name: "an argument that the rule does not cover",
      call: { ...REFUND, action: { ...REFUND.action, arguments: { charge: "/pi/1" } } },
      reason: "condition_failed",
      fact: "argument:charge",
    },
    {
      name: "what needs a user, in a run without one",
      call: { ...REFUND, principalKind: "agent" },
      reason: "user_required",
      fact: "user",
    },
    {
      name: "what needs somebody watching",
      call: { ...REFUND, background: true },
      reason: "condition_failed",
      fact: "run",
    },
    {
      name: "what is out of its window by any clock",
      call: { ...REFUND, now: NOON + 12 * 3_600 },
      reason: "outside_window",
      fact: "time",
    },
    {
      name: "a subagent's action without a rule for its parent",
      call: { ...READ, chain: ["lookup", "support"] },
      reason: "capability_exceeded",
      fact: "delegation",
    },
  ])("$name", ({ call, reason, fact }) => {
    expect(denyLocally(support, call)).toEqual({ reason, failedFact: fact, policyVersion: policy.version });
  });
});

describe("a runtime asks the broker", () => {
  test.for<{ name: string; call: LocalCall }>([
    { name: "about what its grants allow", call: READ },
    { name: "about accounts, owners, approvals, budgets and evidence", call: REFUND },
    {
      name: "about what the action leaves open: the broker completes it",
      call: { ...READ, action: { ...READ.action, resource: {} } },
    },
    {
      name: "about an amount without a currency that could be within the limit",
      call: { ...REFUND, action: { ...REFUND.action, arguments: { amount: { minor: 20_000 } } } },
    },
    {
      name: "within a minute of a window's edge: its clock is not the broker's",
      call: { ...REFUND, now: Date.parse("2026-03-04T17:00:59Z") / 1_000 },
    },
    {
      name: "about an agent that the projection is not about",
      call: { ...READ, chain: ["support", "lookup"] },
    },
  ])("$name", ({ call }) => {
    expect(denyLocally(support, call)).toBeUndefined();
  });

  test("about a chain whose upper hops it does not know, and denies by the hop that it knows", () => {
    const lookup = projectionOf(["lookup"]);
    expect(reasonOf({ ...READ, chain: ["support", "lookup"] }, lookup)).toBeUndefined();
    expect(reasonOf({ ...READ, chain: ["treasury", "lookup"] }, lookup)).toBe("capability_exceeded");
    expect(reasonOf({ ...READ, chain: ["treasury", "support", "lookup"] }, lookup)).toBe(
      "capability_exceeded",
    );
  });
});

describe("a projection of another shape", () => {
  const sent = projectPolicy(policy, ["support"]);
  test.for<{ name: string; document: unknown }>([
    { name: "of a later version", document: { ...sent, projection: 2 } },
    { name: "with a member that nobody knows", document: { ...sent, deny: [] } },
    {
      name: "with a condition that nobody knows",
      document: { ...sent, grants: sent.grants.map((grant) => ({ ...grant, only: "mondays" })) },
    },
    { name: "about no agent", document: { ...sent, agents: [] } },
    {
      name: "with a broken template",
      document: { ...sent, grants: [{ ...sent.grants[0], resource: { a: "${x}" } }] },
    },
    { name: "that is none", document: "projection" },
    { name: "that is absent", document: undefined },
  ])("$name denies nothing: the broker decides alone", ({ document }) => {
    expect(readProjection(document)).toBeUndefined();
  });
});

test("deciding has one matcher: the broker finds the same reason where nothing else is known", () => {
  const outside = { ...READ, action: { ...READ.action, operation: "orders.delete" } };
  const decision = decide(policy, {
    tenant: { id: "acme", systems: {} },
    agent: { id: "support", version: "3" },
    workload: "hidden-workload",
    principal: { kind: "user", issuer: "i", subject: "s" },
    run: {
      id: "r",
      root: "r",
      background: false,
      assurance: "verified",
      depth: 0,
      chain: ["support"],
      ceiling: [],
    },
    action: outside.action,
    access: "write",
    facts: { owners: {}, values: {} },
    now: NOON,
  });
  expect(decision).toMatchObject({ outcome: "deny", reason: reasonOf(outside) });
});
