import { Command } from "commander";
import { registerBindings } from "./bindings-command.ts";
import type { CommandIo } from "./command-io.ts";
import { registerDev } from "./dev-command.ts";
import { registerGateway } from "./gateway-command.ts";
import { registerKeys } from "./keys-command.ts";
import { registerMigrate } from "./migrate-command.ts";
import { registerOperate } from "./operate-command.ts";
import { registerServe } from "./serve-command.ts";
import { registerExplain } from "./explain-command.ts";
import { registerLedger } from "./ledger-command.ts";
import { registerPolicy } from "./policy-command.ts";
import { registerStore } from "./store-command.ts";
import { registerTenants } from "./tenants-command.ts";
import { registerVerify } from "./verify-command.ts";

/** Adds one command, or a group of them, to the program. */
type Register = (program: Command, io: CommandIo) => void;

/** Every command, in the order of the help text. */
const COMMANDS: readonly Register[] = [
  registerDev,
  registerServe,
  registerGateway,
  registerKeys,
  registerMigrate,
  registerStore,
  registerTenants,
  registerPolicy,
  registerOperate,
  registerBindings,
  registerExplain,
  registerLedger,
  registerVerify,
];

/**
 * The `watchword` command as a value: it writes and ends by `io` alone, so that tests can run it. Parse with
 * `runProgram`, which turns errors into exit codes.
 */
export function createProgram(io: CommandIo): Command {
  const program = new Command("watchword")
    .description("The identity boundary for AI agents: one short-lived credential for one decided action")
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError("(watchword --help lists the commands)");
  for (const register of COMMANDS) register(program, io);
  return program;
}
