import { Refusal } from "@watchword/core";
import { type PolicyProblem, describeProblem } from "@watchword/policy";

/** A refused boundary file with everything that is wrong with it, each with file, line and column. */
export class BoundaryFileInvalid extends Refusal {
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super("configuration_invalid", { detail: problems.map(describeProblem).join("\n") });
    this.problems = problems;
  }
}
