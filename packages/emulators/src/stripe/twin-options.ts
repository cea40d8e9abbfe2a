import type { Clock } from "@watchword/core";
import type { Resource } from "./resources.ts";
import type { TwinDispute, TwinInvoice, TwinPaymentIntent, TwinSubscription } from "./twin-objects.ts";

/** A charge that is there from the beginning. Amounts in the smallest unit, currency in lower case as Stripe has it. */
export interface ChargeSeed {
  readonly amount: number;
  readonly currency: string;
  readonly amount_refunded?: number;
  readonly status?: "succeeded" | "pending" | "failed";
  readonly disputed?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Refunds of it wait for the customer (`requires_action`) and can be cancelled until then. */
  readonly refunds_require_action?: boolean;
}

/** A refund that is there from the beginning; it must fit its charge's `amount_refunded`. */
export interface RefundSeed {
  readonly charge: string;
  readonly amount: number;
  readonly status?: "succeeded" | "requires_action";
}

/** A customer that is there from the beginning. */
export interface CustomerSeed {
  readonly name?: string;
  readonly email?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A payment that is there from the beginning; left out, its status is `requires_capture`. */
export interface PaymentIntentSeed {
  readonly amount: number;
  readonly currency: string;
  readonly status?: TwinPaymentIntent["status"];
  readonly customer?: string;
  /** The charge that it took, of the same account. */
  readonly latest_charge?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A subscription that is there from the beginning; left out, its status is `active`. */
export interface SubscriptionSeed {
  readonly customer: string;
  readonly status?: TwinSubscription["status"];
}

/** An invoice that is there from the beginning; left out, its status is `open`. */
export interface InvoiceSeed {
  readonly customer: string;
  readonly amount_due: number;
  readonly currency: string;
  readonly status?: TwinInvoice["status"];
}

/** A dispute that is there from the beginning; left out, its status is `needs_response`. */
export interface DisputeSeed {
  readonly charge: string;
  readonly amount: number;
  readonly currency: string;
  readonly status?: TwinDispute["status"];
}

/** A credit note on an invoice of the same account, which does not count in the invoice's own amounts. */
export interface CreditNoteSeed {
  readonly invoice: string;
  readonly amount: number;
}

/** An item that waits for its customer's next invoice, unless it is on one. */
export interface InvoiceItemSeed {
  readonly customer: string;
  readonly amount: number;
  readonly currency: string;
  readonly invoice?: string;
}

/** A payout that was made. */
export interface PayoutSeed {
  readonly amount: number;
  readonly currency: string;
}

/** One account with its objects by id. */
export interface AccountSeed {
  readonly charges: Readonly<Record<string, ChargeSeed>>;
  readonly refunds?: Readonly<Record<string, RefundSeed>>;
  readonly customers?: Readonly<Record<string, CustomerSeed>>;
  readonly payment_intents?: Readonly<Record<string, PaymentIntentSeed>>;
  readonly subscriptions?: Readonly<Record<string, SubscriptionSeed>>;
  readonly invoices?: Readonly<Record<string, InvoiceSeed>>;
  readonly disputes?: Readonly<Record<string, DisputeSeed>>;
  readonly credit_notes?: Readonly<Record<string, CreditNoteSeed>>;
  readonly invoiceitems?: Readonly<Record<string, InvoiceItemSeed>>;
  readonly payouts?: Readonly<Record<string, PayoutSeed>>;
  /** What is available, by currency. */
  readonly balance?: Readonly<Record<string, number>>;
}

/** One API key. `write` includes `read`; a permission that is not named is `none`. */
export interface KeySeed {
  readonly secret: string;
  readonly permissions: Readonly<Partial<Record<Resource | "balance", Permission>>>;
  /** Accounts that the key can act for; default: all. The first one is the key's own, used without a header. */
  readonly accounts?: readonly string[];
}

/** A column of a restricted key's permission table. */
export type Permission = "none" | "read" | "write";

/** Options of {@link stripeTwin}. */
export interface StripeTwinOptions {
  readonly accounts: Readonly<Record<string, AccountSeed>>;
  readonly keys: readonly KeySeed[];
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}
