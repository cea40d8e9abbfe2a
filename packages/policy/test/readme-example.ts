import { parsePolicy, PolicyInvalid } from "@watchword/policy";

const text = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads: { app: { identity: { localKey: app }, agents: [support], tenant: { claim: org_id } } }
approvers: { leads: { issuer: "https://login.example", claim: { groups: leads } } }
grants:
  - id: refund-own-tenant
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }
`;

const policy = parsePolicy([{ name: "support.yaml", text }]);
console.log(policy.grants.map(({ id }) => id)); // [ "refund-own-tenant" ]

try {
  parsePolicy([{ name: "support.yaml", text: text.replace("by: leads", "by: leed") }]);
} catch (error) {
  if (error instanceof PolicyInvalid) console.log(error.problems[0]); // file, line, column, message
}
