export { stripeTwin } from "./stripe-twin.ts";
export type { TwinCharge, TwinRefund } from "./account-state.ts";
export type { StripeFailure, StripeTwin, TwinRequest } from "./stripe-twin.ts";
export type {
  AccountSeed,
  ChargeSeed,
  KeySeed,
  Permission,
  RefundSeed,
  StripeTwinOptions,
} from "./twin-options.ts";
