/**
 * What a twin can be made to do wrong. The `…-after-effect` modes act on writes that change something and let all else
 * pass; every other mode acts on each request before the API server would have done anything. `drip` begins an answer
 * that comes to no end.
 */
export type KubernetesFailure =
  | "down"
  | "slow"
  | "drip"
  | "garbage"
  | "redirect"
  | "429"
  | "500"
  | "500-after-effect"
  | "drop-after-effect";
