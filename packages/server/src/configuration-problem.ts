import { Refusal } from "@watchword/core";

/** One thing that is wrong with a configuration, and where. A TypeScript file has no lines to name. */
export interface ConfigurationProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** A refused configuration with everything that was found wrong with it. */
export class ConfigurationInvalid extends Refusal {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    super("configuration_invalid", { detail: problems.map(describe).join("\n") });
    this.problems = problems;
  }
}

function describe({ file, line, column, message }: ConfigurationProblem): string {
  return line === undefined ? `${file}  ${message}` : `${file}:${line}:${column ?? 1}  ${message}`;
}
