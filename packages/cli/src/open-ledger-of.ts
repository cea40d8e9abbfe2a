import { resolve } from "node:path";
import type { Configuration, StoreLedger } from "@watchword/server";
import type { Command } from "commander";
import { secretFrom } from "./secret-from.ts";

/** Which store a command reads. */
export interface LedgerFlags {
  readonly store?: string;
  readonly urlEnv?: string;
  readonly config?: string;
}

/** Adds the options that {@link openLedgerOf} reads. */
export function withLedgerOptions(command: Command): Command {
  return command
    .option("--store <file>", "the broker's SQLite store; it is only read")
    .option(
      "--url-env <name>",
      "environment variable with the URL of a PostgreSQL store; a role that may only read is enough",
    )
    .option("--config <file>", "the broker's configuration, which names the store");
}

/** Opens the ledger that the flags name, before that of a configuration. Nothing of it can be written. */
export async function openLedgerOf(
  server: typeof import("@watchword/server"),
  command: Command,
  { store, urlEnv }: LedgerFlags,
  configuration: () => Promise<Configuration | undefined>,
): Promise<StoreLedger> {
  if (store !== undefined) return server.openStoreLedger({ sqlite: resolve(store) });
  if (urlEnv !== undefined)
    return server.openStoreLedger({ postgres: { url: await secretFrom(command, { env: urlEnv }) } });
  const configured = await configuration();
  if (configured === undefined)
    return command.error("error: say which store by --store <file>, --url-env <name> or --config <file>");
  return server.openStoreLedger(await server.storePlace(configured));
}
