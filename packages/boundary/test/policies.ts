import { parsePolicy } from "@watchword/policy";

/** The payments half of a policy as people write it. */
export const PAYMENTS = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
approvers:
  leads: { issuer: "https://login.test.example", claim: { groups: leads }, tenant: { claim: org_id } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    budget: { sum: args.amount, max: "1000.00 USD", per: tenant, window: 24h }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }
  - id: read
    agent: [support, reader]
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }
delegation:
  - { parent: support, child: reader, grants: [read], depth: 1, ttl: 5m }
`;

export const policyOf = (text: string) => parsePolicy([{ name: "policy.yaml", text }]);

/** The code half: a merge behind evals that ran for exactly this head. */
export const CODE = `
watchword: 1
systems: { code: { adapter: github } }
agents: { coder: {}, research: {} }
workloads:
  code-runtime: { identity: { localKey: code-runtime }, agents: [coder, research], tenant: { fixed: acme } }
evidence:
  safety-evals:
    issuer: github-actions
    repositoryId: "123"
    ownerId: "9"
    workflow: .github/workflows/evals.yml
    ref: refs/heads/main
    events: [pull_request_target]
grants:
  - id: merge-after-evals
    agent: coder
    operation: code/pull_requests.merge
    resource: { repository: "\${tenant.code.account}/app" }
    evidence: { source: safety-evals, result: pass, commit: facts.head, maxAge: 2h }
    lease: { action: 60s }
  - id: research-reads
    agent: research
    operation: code/contents.get
    resource: { repository: "\${tenant.code.account}/app" }
    where: { args.path: { prefix: /docs } }
    window: { days: mon-fri, from: "09:00", to: "18:00", zone: Europe/Berlin }
    lease: { action: 30s }
`;

/** Two services of a team's own; their tokens are released to tools, bound to the run's key. */
export const ORDERS = `
watchword: 1
systems:
  orders: { adapter: jwt, audience: "https://orders.internal" }
  returns: { adapter: jwt, audience: "https://returns.internal" }
agents: { support: {}, refund-lookup: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, refund-lookup], tenant: { claim: org_id } }
grants:
  - id: orders-read
    agent: [support, refund-lookup]
    operation: orders/orders.read
    resource: { tenant: "\${tenant.id}" }
    custody: released
    lease: { action: 30s }
  - id: returns-read
    agent: support
    operation: returns/orders.read
    resource: { tenant: "\${tenant.id}" }
    custody: released
    lease: { action: 30s }
delegation:
  - { parent: support, child: refund-lookup, grants: [orders-read], depth: 1, ttl: 30s }
`;
