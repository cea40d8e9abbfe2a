import {
  seedCreditNote,
  seedCustomer,
  seedDispute,
  seedInvoice,
  seedInvoiceItem,
  seedPaymentIntent,
  seedPayout,
  seedSubscription,
} from "./seed-objects.ts";
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
import type { AccountSeed, ChargeSeed, CreditNoteSeed } from "./twin-options.ts";

/** A charge as Stripe shows it; the members that refunds depend on, and those that clients expect. */
export interface TwinCharge {
  readonly id: string;
  readonly object: "charge";
  readonly amount: number;
  readonly amount_captured: number;
  readonly amount_refunded: number;
  readonly captured: boolean;
  readonly created: number;
  readonly currency: string;
  readonly disputed: boolean;
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
  readonly paid: boolean;
  readonly payment_intent: string | null;
  readonly refunded: boolean;
  readonly status: "succeeded" | "pending" | "failed";
}

/** A refund as Stripe shows it. */
export interface TwinRefund {
  readonly id: string;
  readonly object: "refund";
  readonly amount: number;
  readonly balance_transaction: null;
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment_intent: string | null;
  readonly reason: string | null;
  readonly receipt_number: null;
  readonly status: "succeeded" | "requires_action" | "canceled";
}

/** What one account holds. Objects are replaced, never changed, so that a snapshot stays one. */
export class AccountState {
  readonly id: string;
  readonly charges = new Map<string, TwinCharge>();
  readonly refunds = new Map<string, TwinRefund>();
  readonly customers: Map<string, TwinCustomer>;
  readonly payment_intents: Map<string, TwinPaymentIntent>;
  readonly subscriptions: Map<string, TwinSubscription>;
  readonly invoices: Map<string, TwinInvoice>;
  readonly disputes: Map<string, TwinDispute>;
  readonly credit_notes: Map<string, TwinCreditNote>;
  readonly invoiceitems: Map<string, TwinInvoiceItem>;
  readonly payouts: ReadonlyMap<string, TwinPayout>;
  readonly balance: Readonly<Record<string, number>>;
  readonly #waiting = new Set<string>();

  constructor(id: string, seed: AccountSeed, created: number) {
    this.id = id;
    this.customers = seeded(seed.customers, seedCustomer, created);
    this.payment_intents = seeded(seed.payment_intents, seedPaymentIntent, created);
    this.subscriptions = seeded(seed.subscriptions, seedSubscription, created);
    this.invoices = seeded(seed.invoices, seedInvoice, created);
    this.disputes = seeded(seed.disputes, seedDispute, created);
    const credited = (note: string, entry: CreditNoteSeed, at: number): TwinCreditNote =>
      seedCreditNote(note, entry, at, this.invoices);
    this.credit_notes = seeded(seed.credit_notes, credited, created);
    this.invoiceitems = seeded(seed.invoiceitems, seedInvoiceItem, created);
    this.payouts = seeded(seed.payouts, seedPayout, created);
    this.balance = seed.balance ?? {};
    for (const [charge, entry] of Object.entries(seed.charges)) {
      this.charges.set(charge, chargeOf(charge, entry, created));
      if (entry.refunds_require_action === true) this.#waiting.add(charge);
    }
    for (const { id: payment_intent, latest_charge } of this.payment_intents.values()) {
      if (latest_charge === null) continue;
      const charge = this.charges.get(latest_charge);
      if (charge === undefined)
        throw new TypeError(`twin: payment ${payment_intent} took a charge that ${id} does not have`);
      this.charges.set(latest_charge, { ...charge, payment_intent });
    }
    for (const [refund, entry] of Object.entries(seed.refunds ?? {})) {
      const charge = this.charges.get(entry.charge);
      if (charge === undefined)
        throw new TypeError(`twin: refund ${refund} names a charge that ${id} does not have`);
      this.refunds.set(
        refund,
        refundOf(refund, charge, { amount: entry.amount, status: entry.status ?? "succeeded" }, created),
      );
    }
  }

  /** Makes a refund and takes its amount off what remains of the charge. */
  refund(
    id: string,
    charge: TwinCharge,
    terms: { amount: number; reason?: string; metadata?: Readonly<Record<string, string>> },
    created: number,
  ): TwinRefund {
    const status = this.#waiting.has(charge.id) ? "requires_action" : "succeeded";
    const refund = refundOf(id, charge, { ...terms, status }, created);
    this.refunds.set(id, refund);
    this.#moveRefunded(charge, terms.amount);
    return refund;
  }

  /** Cancels a refund and gives its amount back to the charge. */
  cancel(refund: TwinRefund): TwinRefund {
    const canceled: TwinRefund = { ...refund, status: "canceled" };
    this.refunds.set(refund.id, canceled);
    const charge = this.charges.get(refund.charge);
    if (charge !== undefined) this.#moveRefunded(charge, -refund.amount);
    return canceled;
  }

  #moveRefunded(charge: TwinCharge, by: number): void {
    const amount_refunded = charge.amount_refunded + by;
    this.charges.set(charge.id, { ...charge, amount_refunded, refunded: amount_refunded >= charge.amount });
  }
}

function seeded<Seed, Kind>(
  seeds: Readonly<Record<string, Seed>> | undefined,
  make: (id: string, seed: Seed, created: number) => Kind,
  created: number,
): Map<string, Kind> {
  return new Map(Object.entries(seeds ?? {}).map(([id, seed]) => [id, make(id, seed, created)]));
}

function chargeOf(id: string, seed: ChargeSeed, created: number): TwinCharge {
  const {
    amount,
    currency,
    amount_refunded = 0,
    status = "succeeded",
    disputed = false,
    metadata = {},
  } = seed;
  const paid = status === "succeeded";
  return {
    id,
    object: "charge",
    amount,
    amount_captured: paid ? amount : 0,
    amount_refunded,
    captured: paid,
    created,
    currency,
    disputed,
    livemode: false,
    metadata,
    paid,
    payment_intent: null,
    refunded: amount_refunded >= amount,
    status,
  };
}

type Terms = Pick<TwinRefund, "amount" | "status"> & {
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
};

function refundOf(id: string, charge: TwinCharge, terms: Terms, created: number): TwinRefund {
  return {
    id,
    object: "refund",
    amount: terms.amount,
    balance_transaction: null,
    charge: charge.id,
    created,
    currency: charge.currency,
    metadata: terms.metadata ?? {},
    payment_intent: charge.payment_intent,
    reason: terms.reason ?? null,
    receipt_number: null,
    status: terms.status,
  };
}
