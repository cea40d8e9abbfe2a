import type { TwinCustomer, TwinPaymentIntent } from "./twin-objects.ts";
import type { CustomerSeed, PaymentIntentSeed } from "./twin-options.ts";

/** A customer that is there from the beginning. */
export function seedCustomer(id: string, seed: CustomerSeed, created: number): TwinCustomer {
  const { name = null, email = null, metadata = {} } = seed;
  return {
    id,
    object: "customer",
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
  const { amount, currency, status = "requires_capture", customer = null, metadata = {} } = seed;
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
    latest_charge: null,
    livemode: false,
    metadata,
    status,
  };
}
