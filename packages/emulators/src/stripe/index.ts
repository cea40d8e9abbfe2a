export { stripeSystem } from "./stripe-system.ts";
export { stripeTwin } from "./stripe-twin.ts";
export type { TwinCharge, TwinRefund } from "./account-state.ts";
export type { StripeFailure } from "./stripe-failure.ts";
export type { StripeSystem, StripeSystemOptions } from "./stripe-system.ts";
export type { StripeTwin } from "./stripe-twin.ts";
export type {
  TwinCustomer,
  TwinDispute,
  TwinInvoice,
  TwinPaymentIntent,
  TwinSubscription,
} from "./twin-objects.ts";
export type {
  AccountSeed,
  ChargeSeed,
  CustomerSeed,
  DisputeSeed,
  InvoiceSeed,
  KeySeed,
  PaymentIntentSeed,
  PayoutSeed,
  Permission,
  RefundSeed,
  SubscriptionSeed,
  StripeTwinOptions,
} from "./twin-options.ts";
export type { TwinRequest } from "./twin-request.ts";
