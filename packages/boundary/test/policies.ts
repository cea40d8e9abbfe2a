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
