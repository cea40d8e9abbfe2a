import { Refusal } from "@watchword/core";
import type { ImportReport, ImportedConnection } from "@watchword/server";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { findConfiguration } from "./find-configuration.ts";
import { importServer } from "./import-server.ts";
import { jsonText, terminalText } from "./terminal-text.ts";

interface ImportFlags {
  readonly config?: string;
  readonly by?: string;
  readonly json?: true;
}

/** `watchword tenants import`: customers and their accounts, into the store of a broker. */
export function registerTenants(program: Command, io: CommandIo): void {
  program
    .command("tenants")
    .description("Customers, and the accounts that they have at systems")
    .command("import")
    .description(
      "Put the tenants of a file into a broker's store, while it runs or not; 1 when one is refused",
    )
    .argument("<file>", "a .yaml file: watchword: 1, tenants: { <id>: { connections: … } }")
    .option("--config <file>", "the broker's configuration; its keys seal the secrets")
    .option("--by <name>", "who imports, for the ledger")
    .option("--json", "one JSON document on standard output")
    .action((file: string, flags: ImportFlags) => importFile(io, file, flags));
}

async function importFile(io: CommandIo, file: string, flags: ImportFlags): Promise<void> {
  const server = await importServer(io);
  if (server === undefined) return;
  const config = flags.config ?? findConfiguration();
  if (config === undefined)
    throw new Refusal("configuration_invalid", {
      detail: "no watchword.config.yaml here; name the broker's configuration by --config <file>",
    });
  const configuration = await server.loadConfiguration(config);
  const by = flags.by === undefined ? {} : { by: flags.by };
  const report = await server.importTenants(configuration, file, by);
  if (flags.json === true) io.out(jsonText(report));
  else for (const line of linesOf(report)) io.out(`${terminalText(line)}\n`);
  io.exit(report.connections.some(({ outcome }) => outcome === "refused") ? 1 : 0);
}

function linesOf({ tenants, connections }: ImportReport): string[] {
  return [`${tenants.length} tenants registered`, ...connections.map(lineOf)];
}

function lineOf(connection: ImportedConnection): string {
  const { tenant, system, account, outcome } = connection;
  const line = `${tenant}/${system}: ${outcome} (${account})`;
  return connection.outcome === "refused" ? `${line}: ${connection.detail}` : line;
}
