/**
 * What a twin can be made to do wrong. The `…-after-effect` modes act on writes that change something and let all else pass; every
 * other mode acts on each request before AWS would have done anything. `429` is AWS's way of saying it: `Throttling`, or `SlowDown`.
 * `drip` begins an answer that comes to no end.
 */
export type AwsFailure =
  | "down"
  | "slow"
  | "drip"
  | "garbage"
  | "redirect"
  | "429"
  | "500"
  | "500-after-effect"
  | "drop-after-effect";

/**
 * What STS can be made to give other than it should. `unscoped`: the narrowed session is under no policy, and says so. `longer`: it
 * lives an hour. `same`: it is the first session again. `other-account`: it is of another account's role. `nameless`: a session
 * without source identity.
 */
export type StsMistake = "unscoped" | "longer" | "same" | "other-account" | "nameless";
