import { randomUUID } from "node:crypto";
import {
  type Adapter,
  type Clock,
  type Connection,
  type GatewayRequest,
  SealedCredential,
  type ValueMap,
  readForm,
} from "@watchword/core";
import { type StripeTwin, stripeTwin } from "./stripe-twin.ts";
import type { AccountSeed, ChargeSeed } from "./twin-options.ts";

/** Options of {@link stripeSystem}. */
export interface StripeSystemOptions {
  /** The tenant whose agents act, and another. Default `acme` and `globex`. */
  readonly tenants?: { readonly own: string; readonly other: string };
  /** Charges of the tenant's own besides `ch_example`, each of them good for one more refund. Default `ch_1` to `ch_9`. */
  readonly charges?: Readonly<Record<string, ChargeSeed>>;
  /** One account for both, in which this metadata of a charge says whose it is; left out: each has one of its own. */
  readonly tenancy?: { readonly metadata: string };
}

/** A Stripe that runs for one world: the adapter over a twin, and what two tenants own there. */
export interface StripeSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: StripeTwin;
  readonly own: Connection;
  readonly other: Connection;
  /** Arguments by operation that name what only the other tenant owns: `ch_globex`, `re_globex`. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  readonly missing: Readonly<Record<string, ValueMap>>;
  readonly more: Readonly<Record<string, readonly ValueMap[]>>;
  /** Takes the decision's id out of the metadata, which is the gateway's. */
  unstamped(request: GatewayRequest): GatewayRequest;
}

/** Enough for a thousand refunds, which can be cancelled as well. */
const PAID: ChargeSeed = { amount: 1_000_000, currency: "usd", refunds_require_action: true };

/**
 * A payment system for `boundary({ systems })`: your adapter over a twin in which the tenant has `ch_example` with `re_example`, some
 * more charges, and another tenant has `ch_globex` with `re_globex`. Each world starts one of its own, with a secret of its own.
 *
 * @param stripe the adapter's factory
 *
 * @example
 * ```ts
 * const payments = stripeSystem(stripe);
 * const tenancy = { metadata: "tenant" };
 * const shared = stripeSystem((twin) => stripe({ ...twin, tenancy }), { tenancy });
 * ```
 */
export function stripeSystem(
  stripe: (twin: { readonly baseUrl: string }) => Adapter,
  options: StripeSystemOptions = {},
): (world: { readonly clock: Clock; readonly name: string }) => Promise<StripeSystem> {
  const { tenants = { own: "acme", other: "globex" }, tenancy } = options;
  const accountOf = (tenant: string): string => (tenancy === undefined ? `acct_${tenant}` : SHARED);
  const charges =
    options.charges ?? Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`ch_${index + 1}`, PAID]));
  return async ({ clock, name }) => {
    const secret = `rk_test_canary_${randomUUID().replaceAll("-", "")}`;
    const twin = await stripeTwin({
      clock,
      accounts:
        tenancy === undefined
          ? { [accountOf(tenants.own)]: ownAccount(charges), [accountOf(tenants.other)]: OTHER_ACCOUNT }
          : {
              [SHARED]: bothIn(
                marked(ownAccount(charges), tenancy.metadata, tenants.own),
                marked(OTHER_ACCOUNT, tenancy.metadata, tenants.other),
              ),
            },
      keys: [{ secret, permissions: PERMISSIONS }],
    });
    const connection = (tenant: string): Connection => ({
      tenant,
      system: name,
      account: accountOf(tenant),
      settings: {},
      secret: new SealedCredential(secret),
    });
    const further = Object.keys(charges).map((charge) => ({ charge }));
    return {
      // Tools address Stripe, as they do in production: nothing but the adapter knows of the twin.
      adapter: stripe({ baseUrl: twin.url }),
      twin,
      own: connection(tenants.own),
      other: connection(tenants.other),
      foreign: naming("globex"),
      missing: naming("nowhere"),
      more: { "refunds.create": further, "charges.retrieve": further },
      unstamped,
      [Symbol.asyncDispose]: () => twin.close(),
    };
  };
}

const SHARED = "acct_shared";
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

function ownAccount(charges: Readonly<Record<string, ChargeSeed>>): AccountSeed {
  return {
    charges: { ...charges, ch_example: { ...PAID, amount_refunded: 500 } },
    refunds: { re_example: { charge: "ch_example", amount: 500, status: "requires_action" } },
    customers: { cus_example: {} },
    payment_intents: { pi_example: { amount: 1_000_000, currency: "usd", customer: "cus_example" } },
    ...billed("example"),
    payouts: { po_example: { amount: 1_000_000, currency: "usd" } },
  };
}

const OTHER_ACCOUNT: AccountSeed = Object.freeze({
  charges: { ch_globex: { ...PAID, amount_refunded: 100 } },
  refunds: { re_globex: { charge: "ch_globex", amount: 100 } },
  customers: { cus_globex: {} },
  payment_intents: { pi_globex: { amount: 1_000_000, currency: "usd" } },
  ...billed("globex"),
});

/** What is somebody's through a customer or a charge. */
function billed(whose: string) {
  const customer = `cus_${whose}`;
  return {
    subscriptions: { [`sub_${whose}`]: { customer } },
    invoices: { [`in_${whose}`]: { customer, amount_due: 1_000_000, currency: "usd" } },
    disputes: { [`dp_${whose}`]: { charge: `ch_${whose}`, amount: 100, currency: "usd" } },
    credit_notes: { [`cn_${whose}`]: { invoice: `in_${whose}`, amount: 100 } },
    invoiceitems: { [`ii_${whose}`]: { customer, amount: 1_000, currency: "usd" } },
  };
}

/** An account whose objects say whose they are, those of them that carry a mark. */
function marked(account: AccountSeed, key: string, tenant: string): AccountSeed {
  const mark = <Seed extends Marked>(seeds: Readonly<Record<string, Seed>> = {}) =>
    Object.fromEntries(
      Object.entries(seeds).map(([id, seed]) => [
        id,
        { ...seed, metadata: { ...seed.metadata, [key]: tenant } },
      ]),
    );
  return {
    ...account,
    charges: mark(account.charges),
    customers: mark(account.customers),
    payment_intents: mark(account.payment_intents),
  };
}

interface Marked {
  readonly metadata?: Readonly<Record<string, string>>;
}

function bothIn(one: AccountSeed, other: AccountSeed): AccountSeed {
  return {
    charges: { ...one.charges, ...other.charges },
    refunds: { ...one.refunds, ...other.refunds },
    customers: { ...one.customers, ...other.customers },
    payment_intents: { ...one.payment_intents, ...other.payment_intents },
    subscriptions: { ...one.subscriptions, ...other.subscriptions },
    invoices: { ...one.invoices, ...other.invoices },
    disputes: { ...one.disputes, ...other.disputes },
    credit_notes: { ...one.credit_notes, ...other.credit_notes },
    invoiceitems: { ...one.invoiceitems, ...other.invoiceitems },
    payouts: { ...one.payouts, ...other.payouts },
  };
}

function naming(whose: string): Readonly<Record<string, ValueMap>> {
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
    "refunds.create": { charge },
    "refunds.retrieve": { refund },
    "refunds.list": { charge },
    "refunds.cancel": { refund },
    "customers.retrieve": { customer },
    "customers.update": { customer, description: "asked for a call back" },
    "payment_intents.retrieve": { payment_intent },
    "payment_intents.list": { customer },
    "payment_intents.create": { customer, amount: { minor: 100, currency: "USD" } },
    "payment_intents.capture": { payment_intent },
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
    "credit_notes.create": { invoice },
    "invoiceitems.retrieve": { invoiceitem },
    "invoiceitems.list": { customer },
    "invoiceitems.create": { customer, amount: { minor: 100, currency: "USD" } },
    "invoiceitems.delete": { invoiceitem },
  };
}

function unstamped(request: GatewayRequest): GatewayRequest {
  if (request.method === "GET" || request.body.byteLength === 0) return request;
  const form = new URLSearchParams();
  for (const [name, value] of readForm(new TextDecoder().decode(request.body)))
    if (name !== "metadata[watchword_decision]") form.append(name, value);
  return { ...request, body: new TextEncoder().encode(form.toString()) };
}
