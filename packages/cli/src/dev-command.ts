import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { addServer } from "./run-server.ts";

/** `watchword dev`: broker and gateway on a developer's machine, for nobody else. */
export function registerDev(program: Command, io: CommandIo): void {
  const command = program
    .command("dev")
    .description("Run broker and gateway on this machine, on loopback or sockets only");
  addServer(command, io, "dev");
}
