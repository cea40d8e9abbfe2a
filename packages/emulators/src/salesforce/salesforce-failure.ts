/**
 * What a twin can be made to do wrong. The `…-after-effect` modes act on writes that change a record and let all else pass; every
 * other mode acts on each request before anything would have been done. `limit`: the org's daily requests are spent. `drip` begins
 * an answer that comes to no end.
 */
export type SalesforceFailure =
  | "down"
  | "slow"
  | "drip"
  | "garbage"
  | "redirect"
  | "limit"
  | "429"
  | "500"
  | "500-after-effect"
  | "drop-after-effect";
