import { resolve } from "node:path";
import type { CopyProgress } from "@watchword/server";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { importServer } from "./import-server.ts";
import { secretFrom } from "./secret-from.ts";
import { terminalText } from "./terminal-text.ts";
import { readKeys, readNotes } from "./verification-input.ts";

export interface CopyFlags {
  readonly from: string;
  readonly toEnv?: string;
  readonly toFile?: string;
  readonly role: string;
  readonly key: readonly string[];
  readonly checkpoint?: readonly string[];
}

/** Rows between two lines about a long table. */
const LINE_ROWS = 10_000;

/** `watchword store copy`: prepares the database as `migrate` does, then copies, and verifies the ledger there. */
export async function copyTo(io: CommandIo, command: Command, flags: CopyFlags): Promise<void> {
  if ((flags.toEnv === undefined) === (flags.toFile === undefined))
    command.error("error: say where to by --to-env <name> or --to-file <path>");
  const server = await importServer(io);
  if (server === undefined) return;
  const to = await secretFrom(command, { env: flags.toEnv, file: flags.toFile });
  const keys = await readKeys(server, flags.key);
  const outside = await readNotes(server, flags.checkpoint ?? []);
  await server.migratePostgres(to, { role: flags.role });
  const outcome = await server.copyStore({
    from: resolve(flags.from),
    to,
    keys,
    outside,
    onProgress: progressLines(io),
  });
  if (!outcome.ok) {
    io.out(`BROKEN  ${terminalText(outcome.firstProblem)}\n`);
    return io.exit(5);
  }
  const { ledger, ledger_head: chains } = outcome.rows;
  io.out(
    `ok  ${ledger} records in ${chains} chains are copied and verified; ${terminalText(flags.from)} is retired, configure store.postgres\n`,
  );
}

function progressLines(io: CommandIo): (progress: CopyProgress) => void {
  let line = { step: "", rows: 0 };
  return (progress) => {
    if (progress.step === line.step && progress.rows < line.rows + LINE_ROWS) return;
    line = progress;
    const what =
      progress.step === "verification" ? "verified records" : `copied rows of ${terminalText(progress.step)}`;
    io.err(`watchword: ${what}: ${progress.rows}\n`);
  };
}
