import { stripe } from "@watchword/adapter-stripe";
import type { AdapterFixture } from "@watchword/conformance";
import { type Connection, type GatewayRequest, SealedCredential, readForm } from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";

/** Key of the platform, of a stranger, and of nobody. */
export const SECRETS = {
  restricted: "rk_test_51CanaryRestricted000000",
  powerless: "rk_test_51CanaryPowerless0000000",
  unknown: "rk_test_51CanaryUnknown000000000",
} as const;

const PERMISSIONS = {
  charges: "read",
  refunds: "write",
  customers: "write",
  payment_intents: "write",
  subscriptions: "write",
  invoices: "write",
  disputes: "write",
  credit_notes: "write",
  invoiceitems: "write",
  payouts: "read",
  balance: "read",
} as const;

/** Amounts that are decided by, and that Stripe is not told. */
const UNSENT = ["amount_remaining", "disputed_amount", "item_amount"] as const;

/** Two connected accounts that both hold `ch_example`, with one more charge each. */
export async function connectedFixture() {
  const twin = await stripeTwin({
    accounts: {
      acct_acme: {
        charges: {
          ch_example: { amount: 4200, currency: "usd", amount_refunded: 500, refunds_require_action: true },
          ch_acme: { amount: 900, currency: "jpy" },
        },
        refunds: { re_example: { charge: "ch_example", amount: 500, status: "requires_action" } },
        customers: { cus_example: { name: "A", email: "a@acme.example" } },
        payment_intents: {
          pi_example: { amount: 3000, currency: "usd", customer: "cus_example" },
          pi_taken: { amount: 4200, currency: "usd", status: "succeeded", latest_charge: "ch_example" },
        },
        ...billed("example"),
        payouts: { po_example: { amount: 100, currency: "usd" } },
        balance: { usd: 4200 },
      },
      acct_globex: {
        charges: {
          ch_example: { amount: 9900, currency: "eur" },
          ch_globex: { amount: 700, currency: "usd", amount_refunded: 100 },
        },
        refunds: { re_globex: { charge: "ch_globex", amount: 100 } },
        customers: { cus_globex: {} },
        payment_intents: { pi_globex: { amount: 3000, currency: "usd" } },
        ...billed("globex"),
      },
    },
    keys: [
      { secret: SECRETS.restricted, permissions: PERMISSIONS },
      { secret: SECRETS.powerless, permissions: {} },
    ],
  });
  return {
    adapter: stripe({ baseUrl: twin.url, apiOrigins: [twin.url] }),
    twin,
    system: "payments",
    own: connection("acme", "acct_acme"),
    other: connection("globex", "acct_globex"),
    unauthenticated: connection("acme", "acct_acme", SECRETS.unknown),
    unpermitted: connection("acme", "acct_acme", SECRETS.powerless),
    foreign: naming("globex"),
    missing: naming("nowhere"),
    passedHeaders: ["stripe-version"],
    mintBound: UNSENT,
    unstamped,
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** One shared account in which `metadata[tenant]` keeps tenants apart. */
export async function sharedFixture() {
  const charge = { amount: 4200, currency: "usd", amount_refunded: 500, refunds_require_action: true };
  const payment = { amount: 3000, currency: "usd" };
  const [own, foreign] = [billed("example"), billed("globex")];
  const twin = await stripeTwin({
    accounts: {
      acct_shared: {
        charges: {
          ch_example: { ...charge, metadata: { tenant: "acme" } },
          ch_globex: { ...charge, metadata: { tenant: "globex" } },
          ch_unmarked: charge,
        },
        refunds: {
          re_example: { charge: "ch_example", amount: 500, status: "requires_action" },
          re_globex: { charge: "ch_globex", amount: 500, status: "requires_action" },
        },
        customers: {
          cus_example: { metadata: { tenant: "acme" } },
          cus_globex: { metadata: { tenant: "globex" } },
          cus_unmarked: {},
        },
        payment_intents: {
          pi_example: { ...payment, metadata: { tenant: "acme" } },
          pi_globex: { ...payment, metadata: { tenant: "globex" } },
          pi_taken: { ...payment, latest_charge: "ch_example", metadata: { tenant: "acme" } },
          pi_mixed: { ...payment, latest_charge: "ch_globex", metadata: { tenant: "acme" } },
        },
        subscriptions: { ...own.subscriptions, ...foreign.subscriptions },
        invoices: { ...own.invoices, ...foreign.invoices },
        disputes: { ...own.disputes, ...foreign.disputes },
        credit_notes: { ...own.credit_notes, ...foreign.credit_notes },
        invoiceitems: { ...own.invoiceitems, ...foreign.invoiceitems },
      },
    },
    keys: [
      { secret: SECRETS.restricted, permissions: PERMISSIONS },
      { secret: SECRETS.powerless, permissions: {} },
    ],
  });
  return {
    adapter: stripe({ baseUrl: twin.url, tenancy: { metadata: "tenant" } }),
    twin,
    system: "payments",
    own: connection("acme", "acct_shared"),
    other: connection("globex", "acct_shared"),
    unauthenticated: connection("acme", "acct_shared", SECRETS.unknown),
    unpermitted: connection("acme", "acct_shared", SECRETS.powerless),
    foreign: naming("globex"),
    missing: naming("nowhere"),
    passedHeaders: ["stripe-version"],
    mintBound: UNSENT,
    unstamped,
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** A tenant's connection to the twin. */
export function connection(tenant: string, account: string, secret: string = SECRETS.restricted): Connection {
  return { tenant, system: "payments", account, settings: {}, secret: new SealedCredential(secret) };
}

/** What is somebody's through a customer or a charge. */
function billed(whose: string) {
  const customer = `cus_${whose}`;
  return {
    subscriptions: { [`sub_${whose}`]: { customer } },
    invoices: { [`in_${whose}`]: { customer, amount_due: 900, currency: "usd" } },
    disputes: { [`dp_${whose}`]: { charge: `ch_${whose}`, amount: 100, currency: "usd" } },
    credit_notes: { [`cn_${whose}`]: { invoice: `in_${whose}`, amount: 100 } },
    invoiceitems: { [`ii_${whose}`]: { customer, amount: 1_000, currency: "usd" } },
  };
}

/** Arguments that name what only one place holds, by operation. */
function naming(whose: string) {
  const charge = `ch_${whose}`;
  const refund = `re_${whose}`;
  const customer = `cus_${whose}`;
  const payment_intent = `pi_${whose}`;
  const subscription = `sub_${whose}`;
  const invoice = `in_${whose}`;
  const dispute = `dp_${whose}`;
  const credit_note = `cn_${whose}`;
  const invoiceitem = `ii_${whose}`;
  return {
    "charges.retrieve": { charge },
    "refunds.create": { charge, amount: { minor: 100 } },
    "refunds.retrieve": { refund },
    "refunds.list": { charge },
    "refunds.cancel": { refund },
    "customers.retrieve": { customer },
    "customers.update": { customer, name: "B" },
    "payment_intents.retrieve": { payment_intent },
    "payment_intents.list": { customer },
    "payment_intents.create": { customer, amount: { minor: 100, currency: "USD" } },
    "payment_intents.capture": { payment_intent, amount_to_capture: { minor: 100 } },
    "payment_intents.cancel": { payment_intent },
    "subscriptions.retrieve": { subscription },
    "subscriptions.list": { customer },
    "subscriptions.update": { subscription, cancel_at_period_end: true },
    "subscriptions.cancel": { subscription },
    "invoices.retrieve": { invoice },
    "invoices.list": { customer },
    "invoices.void": { invoice },
    "disputes.retrieve": { dispute },
    "disputes.list": { charge },
    "disputes.update": { dispute, evidence: { uncategorized_text: "was delivered" }, submit: false },
    "disputes.close": { dispute },
    "credit_notes.retrieve": { credit_note },
    "credit_notes.list": { customer },
    "credit_notes.create": { invoice, amount: { minor: 100 } },
    "invoiceitems.retrieve": { invoiceitem },
    "invoiceitems.list": { customer },
    "invoiceitems.create": { customer, amount: { minor: 100, currency: "USD" } },
    "invoiceitems.delete": { invoiceitem },
  };
}

/** The decision id in the metadata is the gateway's, and refused in a tool's request. */
function unstamped(request: GatewayRequest): GatewayRequest {
  if (request.method === "GET" || request.body.byteLength === 0) return request;
  const form = new URLSearchParams();
  for (const [name, value] of readForm(new TextDecoder().decode(request.body))) {
    if (name !== "metadata[watchword_decision]") form.append(name, value);
  }
  return { ...request, body: new TextEncoder().encode(form.toString()) };
}
