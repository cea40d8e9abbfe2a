import { createBroker, fileKeys } from "@watchword/broker";
import { sqlite } from "@watchword/broker/sqlite";
import { createRuntime } from "@watchword/middleware";
import { parsePolicy } from "@watchword/policy";
import { directory, issuer, payments, refund, secret, verifier, workload } from "./readme-parts.ts";

const policy = parsePolicy([
  {
    name: "support.yaml",
    text: `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { reader: {} }
workloads: { support-runtime: { identity: { localKey: support-runtime }, agents: [reader], tenant: { fixed: acme } } }
grants:
  - id: read
    agent: reader
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    lease: { action: 30s }
`,
  },
]);

await using store = await sqlite(`${directory}/watchword.db`);
await using broker = await createBroker({
  issuer,
  gateway: "http://127.0.0.1:8081",
  policy,
  store,
  keys: await fileKeys(`${directory}/keys`),
  systems: { payments }, // an adapter, such as stripe()
  verifiers: [verifier], // who may vouch for workloads and users
  environment: "development",
});
await broker.tenants.put({ id: "acme", connections: { payments: { account: "acct_acme", secret } } });

const runtime = createRuntime({ broker: broker.client, workload, agent: "reader@1" });
const result = await runtime.run({}, () => refund.execute({ charge: "ch_1" }));
console.log(result); // { error: "access_denied", reason: "not_granted", … }
console.log(await broker.verifyLedger()); // { ok: true, … }
