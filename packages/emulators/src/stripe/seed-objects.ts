import type {
  TwinCreditNote,
  TwinCustomer,
  TwinDispute,
  TwinInvoice,
  TwinInvoiceItem,
  TwinPaymentIntent,
  TwinPayout,
  TwinSubscription,
} from "./twin-objects.ts";
import type {
  CreditNoteSeed,
  CustomerSeed,
  DisputeSeed,
  InvoiceItemSeed,
  InvoiceSeed,
  PaymentIntentSeed,
  PayoutSeed,
  SubscriptionSeed,
} from "./twin-options.ts";

/** A customer that is there from the beginning. */
export function seedCustomer(id: string, seed: CustomerSeed, created: number): TwinCustomer {
  const { name = null, email = null, metadata = {} } = seed;
  return {
    id,
    object: "customer",
    balance: 0,
    created,
    description: null,
    email,
    livemode: false,
    metadata,
    name,
    phone: null,
  };
}

/** A payment that is there from the beginning; as far as it waits for capture, all of it can be captured. */
export function seedPaymentIntent(id: string, seed: PaymentIntentSeed, created: number): TwinPaymentIntent {
  const { amount, currency, status = "requires_capture" } = seed;
  const { customer = null, latest_charge = null, metadata = {} } = seed;
  return {
    id,
    object: "payment_intent",
    amount,
    amount_capturable: status === "requires_capture" ? amount : 0,
    amount_received: status === "succeeded" ? amount : 0,
    cancellation_reason: null,
    created,
    currency,
    customer,
    latest_charge,
    livemode: false,
    metadata,
    status,
  };
}

/** A subscription that is there from the beginning. */
export function seedSubscription(id: string, seed: SubscriptionSeed, created: number): TwinSubscription {
  const { customer, status = "active" } = seed;
  return {
    id,
    object: "subscription",
    cancel_at_period_end: false,
    canceled_at: status === "canceled" ? created : null,
    created,
    customer,
    livemode: false,
    metadata: {},
    status,
  };
}

/** An invoice that is there from the beginning: owed as a whole, or paid as a whole. */
export function seedInvoice(id: string, seed: InvoiceSeed, created: number): TwinInvoice {
  const { amount_due, currency, customer, status = "open" } = seed;
  const amount_paid = status === "paid" ? amount_due : 0;
  return {
    id,
    object: "invoice",
    amount_due,
    amount_paid,
    amount_remaining: amount_due - amount_paid,
    created,
    currency,
    customer,
    livemode: false,
    metadata: {},
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    status,
  };
}

/** A credit note that is there from the beginning. @throws TypeError when its invoice is not */
export function seedCreditNote(
  id: string,
  { amount, invoice }: CreditNoteSeed,
  created: number,
  invoices: ReadonlyMap<string, TwinInvoice>,
): TwinCreditNote {
  const on = invoices.get(invoice);
  if (on === undefined) throw new TypeError(`twin: credit note ${id} names an invoice that is not there`);
  return creditNoteOf(id, on, { amount, created });
}

/** A credit note on an invoice, before or after it was paid. */
export function creditNoteOf(
  id: string,
  invoice: TwinInvoice,
  terms: Pick<TwinCreditNote, "amount" | "created"> &
    Partial<Pick<TwinCreditNote, "memo" | "metadata" | "reason">>,
): TwinCreditNote {
  return {
    id,
    object: "credit_note",
    currency: invoice.currency,
    customer: invoice.customer,
    invoice: invoice.id,
    livemode: false,
    memo: null,
    metadata: {},
    reason: null,
    status: "issued",
    type: invoice.status === "paid" ? "post_payment" : "pre_payment",
    ...terms,
  };
}

/** An item of an invoice that is there from the beginning. */
export function seedInvoiceItem(id: string, seed: InvoiceItemSeed, date: number): TwinInvoiceItem {
  const { amount, currency, customer, invoice = null } = seed;
  return {
    id,
    object: "invoiceitem",
    amount,
    currency,
    customer,
    date,
    description: null,
    invoice,
    livemode: false,
    metadata: {},
  };
}

/** A dispute that is there from the beginning. */
export function seedDispute(id: string, seed: DisputeSeed, created: number): TwinDispute {
  const { amount, charge, currency, status = "needs_response" } = seed;
  return {
    id,
    object: "dispute",
    amount,
    charge,
    created,
    currency,
    evidence: {},
    evidence_details: { submission_count: 0 },
    livemode: false,
    metadata: {},
    status,
  };
}

/** A payout that was made. */
export function seedPayout(id: string, { amount, currency }: PayoutSeed, created: number): TwinPayout {
  return { id, object: "payout", amount, created, currency, livemode: false, metadata: {}, status: "paid" };
}
