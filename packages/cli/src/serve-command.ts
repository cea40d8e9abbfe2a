import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { addServer } from "./run-server.ts";

/** `watchword serve`: broker and gateway in production. */
export function registerServe(program: Command, io: CommandIo): void {
  const command = program
    .command("serve")
    .description(
      "Run broker and gateway as one process; 3 for a configuration with development settings in it",
    );
  addServer(command, io, "serve");
}
