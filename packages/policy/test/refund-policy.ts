/** A policy with one grant that uses every part of the grammar; tests change one thing in it. */
export const REFUND_POLICY = `watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: { owner: team-support } }
workloads:
  runtime: { identity: { localKey: dev }, agents: [support], tenant: { claim: org_id } }
approvers: { leads: { issuer: https://login.example, claim: { groups: leads } } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    user: verified
    background: false
    window: { days: mon-fri, from: "09:00", to: "18:00", zone: Europe/Berlin }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    budget: { sum: args.amount, max: "1000.00 USD", per: tenant, window: 24h }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }
`;

/** `text` with the one place that reads `from` reading `to`. */
export function changed(text: string, from: string, to: string): string {
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${from} must stand there exactly once`);
  return before + to + after;
}
