import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { type CopyFlags, copyTo } from "./copy-store.ts";
import { type RestoredFlags, restored } from "./restored-store.ts";

/** `watchword store copy` and `restored`: a store at another place, or as it was. */
export function registerStore(program: Command, io: CommandIo): void {
  const store = program
    .command("store")
    .description("Copy a store into PostgreSQL; make a restored one safe");
  store
    .command("copy")
    .description(
      "Copy a SQLite store into an empty PostgreSQL database, with the broker stopped; 5 when its ledger is broken",
    )
    .requiredOption("--from <file>", "the broker's SQLite store; it is retired once it is copied")
    .option("--to-env <name>", "environment variable with the URL of the schema's owner")
    .option("--to-file <path>", "file with the URL of the schema's owner")
    .requiredOption("--role <name>", "the role that brokers use; it is there already, and is not the owner")
    .requiredOption("--key <files...>", "public keys of the ledger (checkpoint.public.jwk)")
    .option("--checkpoint <files...>", "checkpoints that were kept outside, to compare the copy with as well")
    .action((flags: CopyFlags, command: Command) => copyTo(io, command, flags));
  store
    .command("restored")
    .description(
      "Make a store that came from a backup safe to open, before any broker does: runs, approvals and leases of it are void",
    )
    .option("--store <file>", "the SQLite store")
    .option("--url-env <name>", "environment variable with the URL of the schema's owner, for PostgreSQL")
    .option("--url-file <path>", "file with the URL of the schema's owner, for PostgreSQL")
    .option("--backup-taken-at <time>", "when the backup was taken, such as 2026-11-24T03:00:00Z")
    .option(
      "--accept-forgotten-spends",
      "I looked at the systems: what was spent after the backup need not be waited for; alone: lift what an earlier call refuses",
    )
    .action((flags: RestoredFlags, command: Command) => restored(io, command, flags));
}
