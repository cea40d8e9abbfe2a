import { Refusal } from "@watchword/core";
import { CommanderError } from "commander";
import type { CommandIo, ExitCode } from "./command-io.ts";
import { createProgram } from "./create-program.ts";

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
    io.err(`watchword: ${refusal.message}\n`);
    return exitCodeOf(refusal);
  }
}

function exitCodeOf({ reason }: Refusal): ExitCode {
  switch (reason) {
    case "configuration_invalid":
    case "policy_invalid":
    case "development_setting":
      return 3;
    case "ledger_unavailable":
    case "downstream_unavailable":
      return 4;
    default:
      return 70;
  }
}
