/** What every object has. */
export interface TwinObject {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A customer as Stripe shows it, as far as it is here. */
export interface TwinCustomer extends TwinObject {
  readonly object: "customer";
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** Below zero: what the customer has in credit. */
  readonly balance: number;
  readonly description: string | null;
  readonly livemode: false;
}

/** A payment intent as Stripe shows it, as far as it is here. */
export interface TwinPaymentIntent extends TwinObject {
  readonly object: "payment_intent";
  readonly amount: number;
  readonly amount_capturable: number;
  readonly amount_received: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly cancellation_reason: string | null;
  readonly latest_charge: string | null;
  readonly livemode: false;
  readonly status: "requires_capture" | "requires_payment_method" | "processing" | "succeeded" | "canceled";
}

/** A subscription as Stripe shows it, as far as it is here. */
export interface TwinSubscription extends TwinObject {
  readonly object: "subscription";
  readonly cancel_at_period_end: boolean;
  readonly canceled_at: number | null;
  readonly customer: string;
  readonly livemode: false;
  readonly status: "active" | "past_due" | "canceled";
}

/** An invoice as Stripe shows it, as far as it is here. */
export interface TwinInvoice extends TwinObject {
  readonly object: "invoice";
  readonly amount_due: number;
  readonly amount_paid: number;
  readonly amount_remaining: number;
  readonly currency: string;
  readonly customer: string;
  readonly livemode: false;
  readonly post_payment_credit_notes_amount: number;
  readonly pre_payment_credit_notes_amount: number;
  readonly status: "draft" | "open" | "paid" | "uncollectible" | "void";
}

/** A dispute as Stripe shows it, as far as it is here. */
export interface TwinDispute extends TwinObject {
  readonly object: "dispute";
  readonly amount: number;
  readonly charge: string;
  readonly currency: string;
  readonly evidence: Readonly<Record<string, string>>;
  readonly evidence_details: { readonly submission_count: number };
  readonly livemode: false;
  readonly status: "needs_response" | "under_review" | "won" | "lost";
}

/** A credit note as Stripe shows it, as far as it is here. */
export interface TwinCreditNote extends TwinObject {
  readonly object: "credit_note";
  readonly amount: number;
  readonly currency: string;
  readonly customer: string;
  readonly invoice: string;
  readonly livemode: false;
  readonly memo: string | null;
  readonly reason: string | null;
  readonly status: "issued";
  readonly type: "pre_payment" | "post_payment";
}

/** An invoice item as Stripe shows it, as far as it is here. */
export interface TwinInvoiceItem {
  readonly id: string;
  readonly object: "invoiceitem";
  readonly amount: number;
  readonly currency: string;
  readonly customer: string;
  readonly date: number;
  readonly description: string | null;
  readonly invoice: string | null;
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A payout as Stripe shows it, as far as it is here. */
export interface TwinPayout extends TwinObject {
  readonly object: "payout";
  readonly amount: number;
  readonly currency: string;
  readonly livemode: false;
  readonly status: "paid";
}
