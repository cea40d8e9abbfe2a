/**
 * What a twin can be made to do wrong. The `…-after-effect` modes act on writes that change something and let all else
 * pass, mints too; every other mode acts on each request before GitHub would have done anything.
 */
export type GithubFailure =
  | "down"
  | "slow"
  | "garbage"
  | "redirect"
  | "429"
  | "500"
  | "500-after-effect"
  | "drop-after-effect";
