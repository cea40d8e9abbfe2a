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
  readonly latest_charge: null;
  readonly livemode: false;
  readonly status: "requires_capture" | "requires_payment_method" | "processing" | "succeeded" | "canceled";
}
