/** Agents whose actions need an approval, draw on a run's budget, or happen once. */
export const REPLICA_POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, payer: {}, worker: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, payer, worker], tenant: { claim: org_id } }
approvers:
  leads: { issuer: "https://login.test.example", claim: { groups: leads }, tenant: { claim: org_id } }
grants:
  - id: approved
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    lease: { action: 60s }
  - id: budgeted
    agent: payer
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    budget: { sum: args.amount, max: "10.00 USD", per: run, window: 24h }
    lease: { action: 60s }
  - id: once
    agent: worker
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }
`;
