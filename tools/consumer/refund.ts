// What a team writes that has nothing but the published packages: one refund, and one that the policy refuses.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripe } from "@watchword/adapter-stripe";
import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { createBroker, fileKeys } from "@watchword/broker";
import { sqlite } from "@watchword/broker/sqlite";
import { money, system } from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";
import { createGateway, listen } from "@watchword/gateway";
import { localKeySource, localKeyVerifier } from "@watchword/identity/local-key";
import { bind, createRuntime, guard } from "@watchword/middleware";
import { parsePolicy } from "@watchword/policy";

const issuer = "https://broker.acme.example";
const secret = "rk_test_consumer";
const directory = await mkdtemp(join(tmpdir(), "watchword-consumer-"));

const policy = parsePolicy([
  {
    name: "support.yaml",
    text: `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads: { support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { fixed: acme } } }
grants:
  - id: refund-own-tenant
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "50.00 USD" } }
    lease: { action: 30s }
`,
  },
]);

interface RefundArguments {
  readonly charge: string;
  readonly cents: number;
}

const payments = system("payments", stripeCatalogue);
const refund = guard(
  {
    name: "refund",
    execute: async ({ charge, cents }: RefundArguments, { credential }) => {
      const made = await credential.fetch("https://api.stripe.com/v1/refunds", {
        method: "POST",
        body: new URLSearchParams({ charge, amount: String(cents) }),
      });
      return { status: made.status };
    },
  },
  bind(payments.refundsCreate, ({ charge, cents }: RefundArguments) => ({
    charge,
    amount: money(cents, "minor"),
  })),
);

try {
  await using twin = await stripeTwin({
    accounts: { acct_acme: { charges: { ch_1: { amount: 9_000, currency: "usd" } } } },
    keys: [{ secret, permissions: { charges: "read", refunds: "write" } }],
  });
  const identity = { directory: join(directory, "workload"), audience: issuer };
  const source = await localKeySource({ ...identity, subject: "support-runtime" });
  await using store = await sqlite(join(directory, "watchword.db"));
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const systems = { payments: stripe({ baseUrl: twin.url }) };
  await using broker = await createBroker({
    issuer,
    gateway: listener.url,
    policy,
    store,
    keys: await fileKeys(join(directory, "keys")),
    systems,
    verifiers: [await localKeyVerifier(identity)],
    environment: "development",
  });
  listener.serve(createGateway({ url: listener.url, leases: broker.leases, systems }).fetch);
  await broker.tenants.put({ id: "acme", connections: { payments: { account: "acct_acme", secret } } });

  const runtime = createRuntime({
    broker: broker.client,
    workload: () => source.token(),
    agent: "support@1",
  });
  await runtime.run({}, async () => {
    const denied = await refund.execute({ charge: "ch_1", cents: 6_000 });
    assert.equal("reason" in denied ? denied.reason : denied, "limit_exceeded");
    assert.deepEqual(await refund.execute({ charge: "ch_1", cents: 4_200 }), { status: 200 });
  });
  assert.equal((await broker.verifyLedger()).ok, true);
  await listener.close();
} finally {
  await rm(directory, { recursive: true, force: true });
}
console.log("one refund was refused, one went through, the ledger verifies");
