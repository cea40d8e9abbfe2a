import { Refusal } from "@watchword/core";

/** One thing that is wrong with a policy, and where. */
export interface PolicyProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A refused policy with everything that is wrong with it. */
export class PolicyInvalid extends Refusal {
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super("policy_invalid", { detail: problems.map(describeProblem).join("\n"), failedFact: "policy" });
    this.problems = problems;
  }
}

/** `policy/support.yaml:9:5  unknown operation …` */
export function describeProblem({ file, line, column, message }: PolicyProblem): string {
  return `${file}:${line}:${column}  ${message}`;
}
