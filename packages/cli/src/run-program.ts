import { type Reason, Refusal } from "@watchword/core";
import { CommanderError } from "commander";
import type { CommandIo, ExitCode } from "./command-io.ts";
import { createProgram } from "./create-program.ts";
import { terminalText } from "./terminal-text.ts";

/** Runs one command line (without `node` and the script) and says how it ended. Never throws, shows no stack. */
export async function runProgram(words: readonly string[], io: Omit<CommandIo, "exit">): Promise<ExitCode> {
  let code: ExitCode = 0;
  try {
    await createProgram({ ...io, exit: (next) => void (code = next) }).parseAsync([...words], {
      from: "user",
    });
    return code;
  } catch (error) {
    // Commander has said by then what is wrong, or has shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const refusal = Refusal.from(error, "internal");
    for (const line of `watchword: ${refusal.message}`.split("\n")) io.err(`${terminalText(line)}\n`);
    return exitCodeOf(refusal);
  }
}

const EXIT_CODES: Partial<Record<Reason, ExitCode>> = {
  configuration_invalid: 3,
  policy_invalid: 3,
  development_setting: 3,
  broker_unavailable: 4,
  ledger_unavailable: 4,
  downstream_unavailable: 4,
};

function exitCodeOf({ reason }: Refusal): ExitCode {
  return EXIT_CODES[reason] ?? 70;
}
