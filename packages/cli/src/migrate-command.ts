import { SealedCredential } from "@watchword/core";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { importServer } from "./import-server.ts";

interface MigrateFlags {
  readonly role: string;
  readonly urlEnv: string;
}

/** `watchword migrate`: the schema of a PostgreSQL store, by the role that owns it. */
export function registerMigrate(program: Command, io: CommandIo): void {
  const command = program
    .command("migrate")
    .description(
      "Prepare a PostgreSQL database as a store, or bring it to this version; run it again at will",
    )
    .requiredOption("--role <name>", "the role that brokers use; it is there already, and is not the owner")
    .option(
      "--url-env <name>",
      "environment variable with the URL of the schema's owner",
      "WATCHWORD_OWNER_URL",
    )
    .action(async ({ role, urlEnv }: MigrateFlags) => {
      const url = process.env[urlEnv];
      if (url === undefined || url === "")
        command.error(`error: set ${urlEnv} to postgresql://owner:password@host:port/database`);
      const server = await importServer(io);
      if (server === undefined) return;
      const { from, to } = await server.migratePostgres(new SealedCredential(url ?? ""), { role });
      io.out(from === to ? `version ${to}, nothing to do\n` : `version ${to}, was ${from}\n`);
    });
}
