/**
 * What a twin can be made to do wrong. The `…-after-effect` modes act on writes that change something and let all else
 * pass, tokens too; every other mode acts on each request before Jira would have done anything. `drip` begins an answer
 * that comes to no end.
 */
export type JiraFailure =
  | "down"
  | "slow"
  | "drip"
  | "garbage"
  | "redirect"
  | "429"
  | "500"
  | "500-after-effect"
  | "drop-after-effect";
