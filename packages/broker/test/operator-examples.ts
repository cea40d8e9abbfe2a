import { parsePolicy } from "@watchword/policy";
import type { AskOptions, OperatorsPlace } from "./operators-place.ts";
import { CANARY, POLICY, refundOf } from "./world.ts";

/** What there is to ask about, each of tenant acme. */
export interface Stage {
  readonly decision: string;
  readonly refund: string;
  readonly lease: string;
  readonly run: string;
  readonly approval: string;
  readonly policy: string;
}

const LENIENT = parsePolicy([{ name: "policy.yaml", text: POLICY.replace("200.00", "250.00") }]);

/** A refund that was made, a lease and a run that live, and an approval that waits. */
export async function stage(here: OperatorsPlace): Promise<Stage> {
  const { place } = here;
  const { decision, refund, run } = await here.refunded(100);
  const unused = await place.act(run, refundOf("ch_a2", 100));
  const waiting = await place.act(run, refundOf("ch_a3", 19_000));
  if (!unused.ok || unused.lease === undefined || waiting.ok || waiting.approval_id === undefined)
    throw new Error("the stage is not set");
  const { version: policy } = await place.broker.policies.push(LENIENT, "tests");
  await place.broker.checkpoint();
  return {
    decision,
    refund,
    lease: unused.lease.lease_id,
    run: run.id,
    approval: waiting.approval_id,
    policy,
  };
}

/** One good request for each operation, in an order in which they do not disturb each other. */
export const EXAMPLES: Readonly<Record<string, (of: Stage) => readonly [line: string, sent?: AskOptions]>> = {
  listDecisions: () => ["GET /v1/decisions?limit=2&agent=support"],
  readDecision: ({ decision }) => [`GET /v1/decisions/${decision}`],
  openPersonal: ({ decision }) => [
    `POST /v1/decisions/${decision}/personal`,
    { body: { reason: "case 4711" } },
  ],
  who: ({ refund }) => [`GET /v1/who?system=payments&id=${refund}`],
  proveDecision: ({ decision }) => [`GET /v1/ledger/proofs/${decision}`],
  erasePersonal: ({ decision }) => [`DELETE /v1/decisions/${decision}/personal`],
  listLeases: () => ["GET /v1/leases?tenant=acme"],
  revokeLease: ({ lease }) => [`POST /v1/leases/${lease}/revoke`],
  listApprovals: () => ["GET /v1/approvals"],
  withdrawApproval: ({ approval }) => [`POST /v1/approvals/${approval}/withdraw`],
  listRuns: () => ["GET /v1/runs"],
  killRun: ({ run }) => [`POST /v1/runs/${run}/kill`],
  freeze: () => ["POST /v1/frozen", { body: { subject: "tenant:acme" } }],
  listFrozen: () => ["GET /v1/frozen"],
  thaw: () => ["DELETE /v1/frozen/tenant:acme"],
  keys: () => ["GET /v1/keys"],
  ledger: () => ["GET /v1/ledger"],
  pushPolicy: () => [
    "POST /v1/policies",
    { body: { files: [{ name: "policy.yaml", text: POLICY.replace("200.00", "150.00") }] } },
  ],
  activatePolicy: ({ policy }) => [`POST /v1/policies/${policy}/activate`],
  listPolicies: () => ["GET /v1/policies"],
  readPolicy: ({ policy }) => [`GET /v1/policies/${policy}`],
  rollbackPolicy: () => ["POST /v1/policies/rollback"],
  listTenants: () => ["GET /v1/tenants"],
  readTenant: () => ["GET /v1/tenants/acme"],
  putTenant: () => ["PUT /v1/tenants/acme"],
  putConnection: () => [
    "PUT /v1/tenants/acme/connections/payments",
    { body: { account: "acct_acme", secret: CANARY } },
  ],
  checkConnection: () => ["POST /v1/tenants/acme/connections/payments/check"],
  beginConsent: () => ["POST /v1/tenants/acme/connections/payments/consent", { body: {} }],
  importTenants: () => ["POST /v1/tenants/import", { body: { watchword: 1, tenants: { initech: {} } } }],
};
