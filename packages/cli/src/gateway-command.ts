import { existsSync } from "node:fs";
import type { Command } from "commander";
import { aborted } from "./aborted.ts";
import type { CommandIo } from "./command-io.ts";
import { importServer } from "./import-server.ts";
import { terminalText } from "./terminal-text.ts";

const CONFIGURATION = "gateway.config.yaml";

interface GatewayFlags {
  readonly config?: string;
  readonly json?: true;
}

/** `watchword gateway`: a gateway in a process of its own, over the leases of a broker elsewhere. */
export function registerGateway(program: Command, io: CommandIo): void {
  const command: Command = program
    .command("gateway")
    .description("Run a gateway as a process of its own; it has no store and no key of the broker")
    .option("--config <file>", `default: ${CONFIGURATION}, here`)
    .option(
      "--json",
      "one JSON line on standard output once it is there; events go to standard error as ever",
    )
    .action(
      async ({ config = existsSync(CONFIGURATION) ? CONFIGURATION : undefined, json }: GatewayFlags) => {
        if (config === undefined)
          command.error(`error: no ${CONFIGURATION} here; name one by --config <file>`);
        await runGateway(io, config, json ?? false);
      },
    );
  command
    .command("keys <directory>")
    .description("Make the key pair that credentials are encrypted to on their way to gateways")
    .action((directory: string) => makeKeys(io, directory));
}

async function runGateway(io: CommandIo, config: string, json: boolean): Promise<void> {
  const server = await importServer(io);
  if (server === undefined) return;
  await using running = await server.startGateway(await server.loadGatewayConfiguration(config), {
    log: server.jsonLines(io.err),
  });
  const { url } = running;
  io.out(
    json
      ? `${JSON.stringify({ event: "ready", role: "gateway", gateway: url })}\n`
      : `${terminalText(`gateway  ${url}`)}\nCtrl-C stops it: what has arrived is answered first.\n`,
  );
  await aborted(io.signal);
}

async function makeKeys(io: CommandIo, directory: string): Promise<void> {
  const server = await importServer(io);
  if (server === undefined) return;
  const { privateKey, publicKey } = await server.makeGatewayKeys(directory);
  io.out(
    `${terminalText(`${privateKey}  for gateways: key`)}\n${terminalText(`${publicKey}  for the broker: leases.gatewayKey`)}\n`,
  );
}
