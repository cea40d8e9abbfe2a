import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripe } from "@watchword/adapter-stripe";
import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { type OperationReference, type ValueMap, system } from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";
import { localKeySource } from "@watchword/identity/local-key";
import { bind, createRuntime, guard } from "@watchword/middleware";
import { checkConfiguration, startServer } from "@watchword/server";
import Stripe from "stripe";
import { expect, test } from "vitest";

const ISSUER = "https://broker.payments.example";
const SECRET = "rk_test_payments_canary_8c2e51";
const payments = system("payments", stripeCatalogue);

const GRANTS: readonly (readonly [operation: string, where: string])[] = [
  ["customers.update", "args.customer: { ownedBy: tenant }"],
  [
    "payment_intents.capture",
    'args.payment_intent: { ownedBy: tenant }, args.amount_to_capture: { max: "40.00 USD" }',
  ],
  ["subscriptions.cancel", "args.subscription: { ownedBy: tenant }"],
  ["invoices.void", "args.invoice: { ownedBy: tenant }"],
  ["disputes.update", "args.dispute: { ownedBy: tenant }"],
  ["refunds.create", 'args.payment_intent: { ownedBy: tenant }, args.amount: { max: "40.00 USD" }'],
  ["disputes.close", 'args.dispute: { ownedBy: tenant }, args.disputed_amount: { max: "5.00 USD" }'],
  ["credit_notes.create", 'args.invoice: { ownedBy: tenant }, args.amount: { max: "5.00 USD" }'],
  ["invoiceitems.create", 'args.customer: { ownedBy: tenant }, args.amount: { max: "5.00 USD" }'],
];

const POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads: { desk: { identity: { localKey: desk }, agents: [support], tenant: { fixed: acme } } }
grants:
${GRANTS.map(
  ([operation, where]) => `
  - id: ${operation.replaceAll(/[._]/g, "-")}
    agent: support
    operation: payments/${operation}
    resource: { account: "\${tenant.payments.account}" }
    where: { ${where} }
    lease: { action: 60s }`,
).join("")}
`;

function startTwin() {
  const customer = "cus_1";
  const payment = { amount: 3_000, currency: "usd", customer };
  return stripeTwin({
    accounts: {
      acct_acme: {
        charges: { ch_1: { amount: 4_200, currency: "usd" } },
        customers: { cus_1: {} },
        payment_intents: {
          pi_1: payment,
          pi_2: payment,
          pi_large: { ...payment, amount: 4_001 },
          pi_taken: { ...payment, status: "succeeded", latest_charge: "ch_1" },
        },
        subscriptions: { sub_1: { customer } },
        invoices: {
          in_1: { customer, amount_due: 900, currency: "usd" },
          in_2: { customer, amount_due: 900, currency: "usd" },
        },
        disputes: {
          dp_1: { charge: "ch_1", amount: 100, currency: "usd" },
          dp_2: { charge: "ch_1", amount: 100, currency: "usd" },
          dp_large: { charge: "ch_1", amount: 501, currency: "usd" },
        },
      },
      acct_globex: { charges: {}, customers: { cus_globex: {} } },
    },
    keys: [
      {
        secret: SECRET,
        permissions: {
          charges: "read",
          refunds: "write",
          credit_notes: "write",
          invoiceitems: "write",
          customers: "write",
          payment_intents: "write",
          subscriptions: "write",
          invoices: "write",
          disputes: "write",
        },
      },
    ],
  });
}

/** A tool over the stock client, whose arguments are the action's; what it sends is its own business. */
const tool = (reference: OperationReference, call: (client: Stripe) => Promise<{ id: string }>) =>
  guard(
    {
      name: reference.operation.name.replace(".", "_"),
      execute: async (_arguments: ValueMap, { credential }) => {
        const httpClient = Stripe.createFetchHttpClient(credential.fetch);
        return (await call(new Stripe("watchword", { httpClient, maxNetworkRetries: 0 }))).id;
      },
    },
    bind(reference, (values: ValueMap) => values),
  );

/** The same over a client that is told nothing but where to connect. */
const baseUrlTool = (reference: OperationReference, call: (client: Stripe) => Promise<{ id: string }>) =>
  guard(
    {
      name: reference.operation.name.replace(".", "_"),
      execute: async (_arguments: ValueMap, { credential }) => {
        const { host, port, protocol, token } = await credential.loopback();
        return (await call(new Stripe(token, { host, port, protocol, maxNetworkRetries: 0 }))).id;
      },
    },
    bind(reference, (values: ValueMap) => values),
  );

test("the stock client works through credential.fetch or loopback, and changes what was decided, nothing else", async () => {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-payments-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const twin = opened.use(await startTwin());
  const workload = join(directory, "workload");
  const source = await localKeySource({ directory: workload, subject: "desk", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  const configuration = {
    watchword: 1 as const,
    issuer: ISSUER,
    policy: "policy.yaml",
    store: { sqlite: "watchword.db" },
    keys: "keys",
    broker: { listen: { port: 0 } },
    gateway: { listen: { port: 0 } },
    systems: { payments: stripe({ baseUrl: twin.url }) },
    verifiers: [{ localKey: { directory: workload } }],
  };
  const server = opened.use(
    await startServer(checkConfiguration(configuration, directory), { mode: "dev", log: () => undefined }),
  );
  await server.broker.tenants.put({
    id: "acme",
    connections: { payments: { account: "acct_acme", secret: SECRET } },
  });
  const runtime = createRuntime({
    broker: server.broker.client,
    workload: () => source.token(),
    agent: "support@1",
  });

  const capture = (id: string, amount_to_capture?: number) =>
    tool(payments.paymentIntentsCapture, (client) =>
      client.paymentIntents.capture(id, amount_to_capture === undefined ? {} : { amount_to_capture }),
    );
  const credit = (amount: number) =>
    tool(payments.creditNotesCreate, (client) => client.creditNotes.create({ invoice: "in_2", amount }));
  const item = (currency: string) =>
    tool(payments.invoiceItemsCreate, (client) =>
      client.invoiceItems.create({ customer: "cus_1", amount: 500, currency }),
    );
  const evidence = { uncategorized_text: "was delivered" };
  const answers = await runtime.run({}, async () => [
    await tool(payments.customersUpdate, (client) => client.customers.update("cus_1", { name: "B" })).execute(
      { customer: "cus_1", name: "B" },
    ),
    await capture("pi_1").execute({ payment_intent: "pi_1" }),
    await tool(payments.subscriptionsCancel, (client) => client.subscriptions.cancel("sub_1")).execute({
      subscription: "sub_1",
    }),
    await baseUrlTool(payments.invoicesVoid, (client) => client.invoices.voidInvoice("in_1")).execute({
      invoice: "in_1",
    }),
    await tool(payments.disputesUpdate, (client) =>
      client.disputes.update("dp_1", { evidence, submit: true }),
    ).execute({ dispute: "dp_1", evidence, submit: true }),
    await tool(payments.disputesClose, (client) => client.disputes.close("dp_2")).execute({
      dispute: "dp_2",
    }),
    await tool(payments.refundsCreate, (client) =>
      client.refunds.create({ payment_intent: "pi_taken", amount: 1_000 }),
    ).execute({ payment_intent: "pi_taken", amount: { minor: 1_000 } }),
    await credit(300).execute({ invoice: "in_2", amount: { minor: 300 } }),
    await item("usd").execute({ customer: "cus_1", amount: { minor: 500, currency: "USD" } }),
  ]);
  expect(answers).toEqual([
    "cus_1",
    "pi_1",
    "sub_1",
    "in_1",
    "dp_1",
    "dp_2",
    expect.stringMatching(/^re_/),
    expect.stringMatching(/^cn_/),
    expect.stringMatching(/^ii_/),
  ]);
  expect(twin.refunds("acct_acme")).toMatchObject([{ charge: "ch_1", amount: 1_000 }]);
  expect(twin.invoice("acct_acme", "in_2")).toMatchObject({ amount_remaining: 600 });
  expect(twin.paymentIntent("acct_acme", "pi_1")).toMatchObject({ amount_received: 3_000 });
  const effects = () => twin.requests.filter(({ kind }) => kind === "effect");
  expect(effects().map(({ account }) => account)).toEqual(Array.from({ length: 9 }, () => "acct_acme"));

  const refusals = await runtime.run({}, async () => [
    // Asks for little and sends more; asks for more than the grant; asks for another tenant's.
    await capture("pi_2", 3_000).execute({ payment_intent: "pi_2", amount_to_capture: { minor: 10 } }),
    await capture("pi_large").execute({ payment_intent: "pi_large" }),
    await tool(payments.customersUpdate, (client) =>
      client.customers.update("cus_globex", { name: "B" }),
    ).execute({ customer: "cus_globex", name: "B" }),
    await baseUrlTool(payments.customersUpdate, (client) =>
      client.customers.update("cus_1", { name: "C" }),
    ).execute({ customer: "cus_1", name: "B" }),
    // Gives more up than the grant; credits more than was decided; another currency than the decided one.
    await tool(payments.disputesClose, (client) => client.disputes.close("dp_large")).execute({
      dispute: "dp_large",
    }),
    await credit(400).execute({ invoice: "in_2", amount: { minor: 300 } }),
    await item("kwd").execute({ customer: "cus_1", amount: { minor: 500, currency: "USD" } }),
  ]);
  expect(refusals).toMatchObject([
    { reason: "request_mismatch" },
    { reason: "limit_exceeded" },
    { reason: "tenant_mismatch" },
    { reason: "request_mismatch" },
    { reason: "limit_exceeded" },
    { reason: "request_mismatch" },
    { reason: "request_mismatch" },
  ]);
  expect(effects()).toHaveLength(9);
});
