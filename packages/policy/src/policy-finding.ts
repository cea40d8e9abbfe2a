import type { PolicyProblem } from "./policy-problem.ts";

/** What a lint rule looks for; docs/policy-tools.md has a section for each. */
export type LintRule =
  | "does-not-fit"
  | "tool-without-grant"
  | "grant-without-tool"
  | "grant-overruled"
  | "grant-repeated"
  | "write-without-condition"
  | "long-lease"
  | "own-repository";

/** One finding of a lint. An error must not be deployed; a warning is for a person to weigh. */
export interface PolicyFinding extends PolicyProblem {
  readonly severity: "error" | "warning";
  readonly rule: LintRule;
}

/** `policy/support.yaml:9:5  error  own-repository  …` */
export function describeFinding({ file, line, column, severity, rule, message }: PolicyFinding): string {
  return `${file}:${line}:${column}  ${severity}  ${rule}  ${message}`;
}
