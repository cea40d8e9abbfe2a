import type { Server } from "@watchword/server";
import type { Command } from "commander";
import { aborted } from "./aborted.ts";
import type { CommandIo } from "./command-io.ts";
import { findConfiguration } from "./find-configuration.ts";
import { importServer } from "./import-server.ts";
import { terminalText } from "./terminal-text.ts";

interface ServerFlags {
  readonly config?: string;
  readonly json?: true;
}

/** Gives a command the options of a server, and its work: run until interrupted, then drain. */
export function addServer(command: Command, io: CommandIo, mode: "serve" | "dev"): void {
  command
    .option("--config <file>", "default: watchword.config.yaml or watchword.config.ts, here")
    .option(
      "--json",
      "one JSON line on standard output once it is ready; events go to standard error as ever",
    )
    .action(async ({ config = findConfiguration(), json }: ServerFlags) => {
      if (config === undefined)
        command.error(
          "error: no watchword.config.yaml or watchword.config.ts here; name one by --config <file>",
        );
      await runServer(io, mode, config, json ?? false);
    });
}

async function runServer(io: CommandIo, mode: "serve" | "dev", config: string, json: boolean): Promise<void> {
  const server = await importServer(io);
  if (server === undefined) return;
  await using running = await server.startServer(await server.loadConfiguration(config), {
    mode,
    log: server.jsonLines(io.err),
  });
  io.out(json ? readyJson(running) : readyText(running));
  await aborted(io.signal);
}

function readyJson({
  environment,
  brokerUrl,
  gatewayUrl,
  leasesUrl,
  operatorsUrl,
  policyVersion,
}: Server): string {
  return `${JSON.stringify({ event: "ready", environment, broker: brokerUrl, gateway: gatewayUrl, leases: leasesUrl, operators: operatorsUrl, policy_version: policyVersion })}\n`;
}

function readyText({
  environment,
  brokerUrl,
  gatewayUrl,
  leasesUrl,
  operatorsUrl,
  policyVersion,
}: Server): string {
  const lines = [
    ...(environment === "development"
      ? ["DEVELOPMENT: keys on this machine's disk vouch for workloads; nobody else should reach it"]
      : []),
    `broker   ${brokerUrl}`,
    `gateway  ${gatewayUrl}`,
    ...(leasesUrl === undefined ? [] : [`leases   ${leasesUrl}`]),
    ...(operatorsUrl === undefined ? [] : [`operators ${operatorsUrl}`]),
    `policy   ${policyVersion}`,
    "Ctrl-C stops it: what has arrived is answered first.",
  ];
  return lines.map((line) => `${terminalText(line)}\n`).join("");
}
