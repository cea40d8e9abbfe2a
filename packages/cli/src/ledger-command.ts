import type { StoreLedger } from "@watchword/server";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { findConfiguration } from "./find-configuration.ts";
import { importServer } from "./import-server.ts";
import { type LedgerFlags, openLedgerOf, withLedgerOptions } from "./open-ledger-of.ts";
import { jsonText, terminalText } from "./terminal-text.ts";
import { readNotes } from "./verification-input.ts";
import { type VerifyFlags, verifyFile } from "./verify-file.ts";

/** `watchword ledger export`, `verify` and `proof`: evidence that others can check. */
export function registerLedger(program: Command, io: CommandIo): void {
  const ledger = program.command("ledger").description("Export the ledger, verify it, prove a record");
  withLedgerOptions(ledger.command("export"))
    .description("Print the whole ledger as JSON lines; 4 without a store")
    .action((flags: LedgerFlags, command: Command) => exportTo(io, command, flags));
  ledger
    .command("verify")
    .description("Check an exported ledger or a proof with public keys alone; 5 when it is broken")
    .argument("<file>", "what export or proof printed")
    .requiredOption("--key <files...>", "public keys of the ledger (checkpoint.public.jwk)")
    .option("--checkpoint <files...>", "checkpoints that were kept outside, as a sink's file holds them")
    .option("--json", "one JSON document on standard output")
    .action((file: string, flags: VerifyFlags) => verifyFile(io, file, flags));
  withLedgerOptions(ledger.command("proof"))
    .description("Prove that a decision is in the signed ledger; 1 when it is not, or not yet")
    .argument("<decision>", "its id")
    .option("--checkpoint <file>", "the checkpoint to prove it for; default: the first one that covers it")
    .action((id: string, flags: LedgerFlags & { readonly checkpoint?: string }, command: Command) =>
      prove(io, command, id, flags),
    );
}

async function exportTo(io: CommandIo, command: Command, flags: LedgerFlags): Promise<void> {
  const opened = await openStore(io, command, flags);
  if (opened === undefined) return;
  await using ledger = opened.ledger;
  for await (const line of opened.server.exportLedger(ledger.source)) {
    if (io.signal.aborted) return io.exit(130);
    io.out(`${JSON.stringify(line)}\n`);
  }
}

async function prove(
  io: CommandIo,
  command: Command,
  id: string,
  flags: LedgerFlags & { readonly checkpoint?: string },
): Promise<void> {
  const opened = await openStore(io, command, flags);
  if (opened === undefined) return;
  await using ledger = opened.ledger;
  const decision = await ledger.decision(id);
  if (decision === undefined) {
    io.err(`watchword: no decision ${terminalText(id)} is recorded here\n`);
    return io.exit(1);
  }
  const { replica, sequence } = decision.record;
  const note =
    flags.checkpoint === undefined
      ? undefined
      : (await readNotes(opened.server, [flags.checkpoint])).findLast((one) =>
          opened.server.readCheckpointNote(one)?.origin.endsWith(`/${replica}`),
        );
  const proof = await opened.server.proveRecord(ledger.source, replica, sequence, note);
  if (proof === undefined || (flags.checkpoint !== undefined && note === undefined)) {
    io.err(`watchword: no checkpoint covers ${terminalText(replica)} record ${sequence} yet\n`);
    return io.exit(1);
  }
  io.out(jsonText(proof));
}

async function openStore(
  io: CommandIo,
  command: Command,
  flags: LedgerFlags,
): Promise<
  { readonly server: typeof import("@watchword/server"); readonly ledger: StoreLedger } | undefined
> {
  const server = await importServer(io);
  if (server === undefined) return undefined;
  const { config = findConfiguration() } = flags;
  const configuration = async () => (config === undefined ? undefined : server.loadConfiguration(config));
  return { server, ledger: await openLedgerOf(server, command, flags, configuration) };
}
