/**
 * What a twin can be made to do wrong. The `…-after-effect` modes act on statements that change something and on cancelling, and let
 * all else pass; every other mode acts on each request before anything is done. `drip` begins an answer that comes to no end.
 */
export type SnowflakeFailure =
  | "down"
  | "slow"
  | "drip"
  | "garbage"
  | "redirect"
  | "429"
  | "500"
  | "500-after-effect"
  | "drop-after-effect";
