import { randomUUID } from "node:crypto";
import { type HttpOptions, http } from "@watchword/adapter-http";
import { type BoundaryReport, type SystemUnderTest, boundary, runBoundary } from "@watchword/boundary";
import { SealedCredential } from "@watchword/core";
import { httpTwin } from "@watchword/emulators/http";
import { parsePolicy } from "@watchword/policy";
import { orders } from "./orders-world.ts";

const POLICY = `
watchword: 1
systems: { shop: { adapter: http } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
approvers:
  leads: { issuer: "https://login.test.example", claim: { groups: leads }, tenant: { claim: org_id } }
grants:
  - id: refund
    agent: support
    operation: shop/refunds.create
    resource: { account: "\${tenant.shop.account}" }
    where: { args.order: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    budget: { sum: args.amount, max: "1000.00 USD", per: tenant, window: 24h }
    once: { by: [args.order], per: 24h }
    lease: { action: 60s }
  - id: read
    agent: [support, reader]
    operation: shop/orders.retrieve
    resource: { account: "\${tenant.shop.account}" }
    where: { args.order: { ownedBy: tenant } }
    lease: { action: 30s }
delegation:
  - { parent: support, child: reader, grants: [read], depth: 1, ttl: 5m }
`;

const PAID = { amount: 1_000_000, currency: "USD" };
const further = Array.from({ length: 9 }, (_, index) => `ord_more${index}`);

/** The orders API for one world: the adapter over a twin of its own, and what two tenants own there. */
const shop: SystemUnderTest = async ({ clock, name }) => {
  const secret = `test_canary_${randomUUID()}`;
  const twin = await httpTwin({
    clock,
    accounts: {
      acme: { orders: Object.fromEntries(["ord_1", ...further].map((id) => [id, PAID])) },
      globex: { orders: { ord_globex: PAID } },
    },
    keys: [{ secret, orders: "write" }],
  });
  const connection = (tenant: string) => ({
    tenant,
    system: name,
    account: tenant,
    settings: {},
    secret: new SealedCredential(secret),
  });
  const naming = (order: string) => ({
    "orders.retrieve": { order },
    "orders.annotate": { order, note: "x" },
    "refunds.create": { order, amount: { minor: 100, currency: "USD" } },
  });
  const declared: HttpOptions = { ...orders, baseUrl: twin.url };
  return {
    adapter: http(declared),
    twin,
    own: connection("acme"),
    other: connection("globex"),
    foreign: naming("ord_globex"),
    missing: naming("ord_nowhere"),
    more: {
      "refunds.create": further.map((order) => ({ order, amount: { minor: 100 } })),
      "orders.retrieve": further.map((order) => ({ order })),
    },
    [Symbol.asyncDispose]: () => twin.close(),
  };
};

/** Every row of the policy over the declared API, each brought about against broker, gateway and twin. */
export function runOrdersBoundary(): Promise<BoundaryReport> {
  const policy = parsePolicy([{ name: "policy.yaml", text: POLICY }]);
  return runBoundary(boundary({ policy, systems: { shop } }, (b) => b.matrix()));
}
