/**
 * What a twin can be made to do wrong. The `…-after-effect` modes act on writes that change something and let all else
 * pass; every other mode acts on each request before Stripe would have done anything.
 */
export type StripeFailure =
  | "down"
  | "slow"
  | "garbage"
  | "redirect"
  | "429"
  | "500"
  | "500-after-effect"
  | "drop-after-effect";
