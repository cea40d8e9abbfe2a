/** A support agent that refunds, with an approval or below it, and a subagent to which it may hand that over. */
export const CRASH_POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, refunder: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, refunder], tenant: { claim: org_id } }
approvers:
  leads: { issuer: "https://login.test.example", claim: { groups: leads }, tenant: { claim: org_id } }
grants:
  - id: refund
    agent: [support, refunder]
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    budget: { sum: args.amount, max: "1000.00 USD", per: tenant, window: 24h }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }
delegation:
  - { parent: support, child: refunder, grants: [refund], depth: 1, ttl: 5m }
`;
