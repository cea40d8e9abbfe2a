import { stripe } from "@watchword/adapter-stripe";
import {
  type Connection,
  type Operation,
  SealedCredential,
  type ValueMap,
  newAction,
  parseArguments,
  systemClock,
} from "@watchword/core";
import {
  type TwinCharge,
  type TwinCreditNote,
  type TwinCustomer,
  type TwinDispute,
  type TwinInvoice,
  type TwinInvoiceItem,
  type TwinPaymentIntent,
  type TwinRefund,
  type TwinSubscription,
  stripeTwin,
} from "@watchword/emulators/stripe";
import type Stripe from "stripe";
import { beforeAll, describe, expect, test } from "vitest";
import {
  STRIPE_OBJECTS,
  type StripeEndpoint,
  type StripeObject,
  stripeEndpoints,
} from "./stripe-reference.ts";

const KEY = "rk_test_51OracleKey00000000";
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
const STAMP = { decisionId: "dec_1", idempotencyKey: "k" };
const CONNECTION: Connection = {
  tenant: "acme",
  system: "payments",
  account: "acct_a",
  settings: {},
  secret: new SealedCredential(KEY),
};
const OPERATIONS: readonly Operation[] = Object.values(stripe().catalogue.operations);

/** What the twin shows is what the stock client's types say, member by member and value by value: the compiler looks. */
type Shows<Twin, Theirs> =
  Exclude<keyof Twin, keyof Theirs> extends never
    ? Twin extends Pick<Theirs, keyof Twin & keyof Theirs>
      ? true
      : false
    : false;
const SHOWN: Readonly<{
  charge: Shows<TwinCharge, Stripe.Charge>;
  refund: Shows<TwinRefund, Stripe.Refund>;
  customer: Shows<TwinCustomer, Stripe.Customer>;
  payment_intent: Shows<Omit<TwinPaymentIntent, "cancellation_reason">, Stripe.PaymentIntent>;
  subscription: Shows<TwinSubscription, Stripe.Subscription>;
  invoice: Shows<TwinInvoice, Stripe.Invoice>;
  invoiceitem: Shows<TwinInvoiceItem, Stripe.InvoiceItem>;
  credit_note: Shows<Omit<TwinCreditNote, "reason">, Stripe.CreditNote>;
  dispute: Shows<Omit<TwinDispute, "evidence" | "evidence_details">, Stripe.Dispute>;
}> = {
  charge: true,
  refund: true,
  customer: true,
  payment_intent: true,
  subscription: true,
  invoice: true,
  invoiceitem: true,
  credit_note: true,
  dispute: true,
};

let endpoints: readonly StripeEndpoint[];
beforeAll(() => {
  endpoints = stripeEndpoints();
});

/** Arguments with their amounts decided, as the broker decides them. */
function decided({ name, example, decided: amounts }: Operation): ValueMap {
  const amount = { minor: 300, currency: "USD" };
  return {
    ...(example as ValueMap),
    ...Object.fromEntries(amounts.map((argument) => [argument, amount])),
    ...MORE[name],
  };
}

/** Parameters that the examples leave out. */
const MORE: Readonly<Record<string, ValueMap>> = {
  "credit_notes.create": {
    credit_amount: { minor: 300, currency: "USD" },
    memo: "x",
    metadata: { note: "x" },
  },
  "invoiceitems.create": { metadata: { note: "x" } },
  "customers.update": { name: "x", email: "a@acme.example", phone: "1", metadata: { note: "x" } },
  "customers.list": { email: "a@acme.example", starting_after: "cus_1" },
};

describe("Stripe's own description, by which its client was generated", () => {
  test("has many endpoints, with their parameters", () => {
    expect(endpoints.length).toBeGreaterThan(250);
    const refunds = endpoints.find(({ method, path }) => method === "POST" && path.test("/v1/refunds"));
    expect([...(refunds?.parameters ?? [])]).toEqual(
      expect.arrayContaining(["amount", "charge", "payment_intent", "refund_application_fee"]),
    );
  });

  test.for(OPERATIONS)("has what the adapter sends for $name", (entry) => {
    const adapter = stripe();
    const authority = adapter.plan({
      system: "payments",
      operation: entry.name,
      resource: { account: "acct_a" },
      arguments: parseArguments(entry, decided(entry)),
    });
    const { method, url, body } = adapter.enforce(authority, BLANK, STAMP);
    const { pathname, searchParams } = new URL(url);
    const known = endpoints.find((endpoint) => endpoint.method === method && endpoint.path.test(pathname));
    expect(known, `${method} ${pathname}`).toBeDefined();
    const form = new URLSearchParams(body === undefined ? "" : new TextDecoder().decode(body));
    const sent = [...searchParams.keys(), ...form.keys()].map((name) => name.replace(/\[.*$/, ""));
    expect(sent.filter((name) => known?.parameters.has(name) !== true)).toEqual([]);
  });
});

describe("Stripe's published objects", () => {
  const answering =
    (objects: readonly StripeObject[]): typeof fetch =>
    async (input) => {
      const id = new URL(new Request(input).url).pathname.split("/").at(-1);
      return Response.json(objects.find((object) => object.id === id));
    };

  test.for([
    ["charges.retrieve", "charge"],
    ["refunds.retrieve", "refund"],
    ["customers.retrieve", "customer"],
    ["payment_intents.retrieve", "payment_intent"],
    ["subscriptions.retrieve", "subscription"],
    ["invoices.retrieve", "invoice"],
    ["disputes.retrieve", "dispute"],
    ["credit_notes.retrieve", "credit_note"],
    ["invoiceitems.retrieve", "invoiceitem"],
  ] as const)("%s: the adapter looks it up", async ([operation, name]) => {
    const object = STRIPE_OBJECTS[name] ?? {};
    const behind = { ...STRIPE_OBJECTS["charge"], id: String(object["charge"]) };
    const facts = await stripe().resolve(
      newAction({ system: "payments", operation, resource: {}, arguments: { [name]: object.id ?? "" } }),
      {
        connection: CONNECTION,
        fetch: answering([object, behind]),
        clock: systemClock,
        signal: new AbortController().signal,
      },
    );
    expect(facts).toMatchObject({ owners: { [name]: "tenant" }, values: { [name]: {} } });
  });

  test.for([
    ["refunds.create", "refund", "charge"],
    ["disputes.close", "dispute", undefined],
    ["credit_notes.create", "credit_note", "invoice"],
    ["invoiceitems.create", "invoiceitem", "customer"],
    ["invoices.void", "invoice", undefined],
    ["payment_intents.capture", "payment_intent", undefined],
  ] as const)("%s: the adapter sees that it was done", ([operation, name, of]) => {
    const object = STRIPE_OBJECTS[name] ?? {};
    const named = of === undefined ? { [name]: object.id ?? "" } : { [of]: String(object[of]) };
    const authority = {
      system: "payments",
      operation,
      access: "write",
      resource: { account: "acct_a" },
      arguments: named,
      native: {},
    } as const;
    const answer = { status: 200, headers: {}, body: new TextEncoder().encode(JSON.stringify(object)) };
    expect(stripe().outcomeOf(authority, answer)).toMatchObject({
      effect: "done",
      ids: { [name]: object.id },
    });
  });

  test("an item that was taken back is one that was done", () => {
    const deleted = STRIPE_OBJECTS["deleted_invoiceitem"] ?? {};
    const authority = {
      system: "payments",
      operation: "invoiceitems.delete",
      access: "write",
      resource: { account: "acct_a" },
      arguments: { invoiceitem: deleted.id ?? "" },
      native: {},
    } as const;
    const answer = { status: 200, headers: {}, body: new TextEncoder().encode(JSON.stringify(deleted)) };
    expect(stripe().outcomeOf(authority, answer).effect).toBe("done");
  });

  test("have every member that the twin shows, of the same kind", async () => {
    expect(new Set(Object.values(SHOWN))).toEqual(new Set([true]));
    const customer = "cus_1";
    await using twin = await stripeTwin({
      accounts: {
        acct_a: {
          charges: { ch_1: { amount: 4200, currency: "usd" } },
          refunds: { re_1: { charge: "ch_1", amount: 1 } },
          customers: { cus_1: { name: "A", email: "a@acme.example" } },
          payment_intents: { pi_1: { amount: 3000, currency: "usd", customer, latest_charge: "ch_1" } },
          subscriptions: { sub_1: { customer } },
          invoices: { in_1: { customer, amount_due: 900, currency: "usd" } },
          disputes: { dp_1: { charge: "ch_1", amount: 100, currency: "usd" } },
          credit_notes: { cn_1: { invoice: "in_1", amount: 100 } },
          invoiceitems: { ii_1: { customer, amount: 100, currency: "usd" } },
          payouts: { po_1: { amount: 100, currency: "usd" } },
          balance: { usd: 4200 },
        },
      },
      keys: [{ secret: KEY, permissions: PERMISSIONS }],
    });
    const seen = new Set<string>();
    for (const path of PLACES) {
      const response = await fetch(`${twin.url}/v1/${path}`, { headers: { authorization: `Bearer ${KEY}` } });
      const shown = (await response.json()) as StripeObject & { readonly object: string };
      const published = STRIPE_OBJECTS[shown.object];
      seen.add(shown.object);
      expect(published, path).toBeDefined();
      for (const [name, value] of Object.entries(shown)) {
        expect(Object.keys(published ?? {}), `${path} ${name}`).toContain(name);
        const theirs = published?.[name];
        if (value !== null && theirs !== null)
          expect([typeof value, Array.isArray(value)], `${path} ${name}`).toEqual([
            typeof theirs,
            Array.isArray(theirs),
          ]);
      }
    }
    expect(seen.size).toBe(PLACES.length);
  });
});

const PLACES = [
  "account",
  "balance",
  "charges/ch_1",
  "refunds/re_1",
  "customers/cus_1",
  "payment_intents/pi_1",
  "subscriptions/sub_1",
  "invoices/in_1",
  "disputes/dp_1",
  "credit_notes/cn_1",
  "invoiceitems/ii_1",
  "payouts/po_1",
] as const;
const PERMISSIONS = {
  charges: "read",
  refunds: "read",
  customers: "read",
  payment_intents: "read",
  subscriptions: "read",
  invoices: "read",
  disputes: "read",
  credit_notes: "read",
  invoiceitems: "read",
  payouts: "read",
  balance: "read",
} as const;
