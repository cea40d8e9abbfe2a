export { stripeSystem } from "./stripe-system.ts";
export { stripeTwin } from "./stripe-twin.ts";
export type { TwinCharge, TwinRefund } from "./account-state.ts";
export type { StripeFailure } from "./stripe-failure.ts";
export type { StripeSystem, StripeSystemOptions } from "./stripe-system.ts";
export type { StripeTwin } from "./stripe-twin.ts";
export type {
  TwinCreditNote,
  TwinCustomer,
  TwinDispute,
  TwinInvoice,
  TwinInvoiceItem,
  TwinPaymentIntent,
  TwinSubscription,
} from "./twin-objects.ts";
export type {
  AccountSeed,
  ChargeSeed,
  CreditNoteSeed,
  CustomerSeed,
  DisputeSeed,
  InvoiceItemSeed,
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
