import { resolve } from "node:path";
import type { Restored, RestoreOptions } from "@watchword/server";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { importServer } from "./import-server.ts";
import { secretFrom } from "./secret-from.ts";

export interface RestoredFlags {
  readonly store?: string;
  readonly urlEnv?: string;
  readonly urlFile?: string;
  readonly backupTakenAt?: string;
  readonly acceptForgottenSpends?: true;
}

/** A time that means the same everywhere. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** `watchword store restored`: a new generation, and nothing of the backup's that lives or can be spent again. */
export async function restored(io: CommandIo, command: Command, flags: RestoredFlags): Promise<void> {
  const { store, urlEnv, urlFile, backupTakenAt, acceptForgottenSpends = false } = flags;
  if ([store, urlEnv, urlFile].filter((place) => place !== undefined).length !== 1)
    command.error("error: say which store by --store <file>, --url-env <name> or --url-file <path>");
  if (backupTakenAt === undefined && !acceptForgottenSpends)
    command.error("error: say when the backup was taken by --backup-taken-at <time>");
  const takenAt = backupTakenAt === undefined ? undefined : Date.parse(backupTakenAt);
  if (takenAt !== undefined && (!TIME.test(backupTakenAt ?? "") || Number.isNaN(takenAt)))
    command.error("error: --backup-taken-at wants a time with its zone, such as 2026-11-24T03:00:00Z");
  const server = await importServer(io);
  if (server === undefined) return;
  const options: RestoreOptions = {
    acceptForgottenSpends,
    ...(takenAt === undefined ? {} : { backupTakenAt: takenAt }),
  };
  const report =
    store === undefined
      ? await server.restorePostgres(await secretFrom(command, { env: urlEnv, file: urlFile }), options)
      : await server.restoreSqlite(resolve(store), options);
  if (report === undefined) {
    io.err("watchword: nothing is refused because of a restore\n");
    return io.exit(1);
  }
  io.out(takenAt === undefined ? "forgotten spends are accepted\n" : reportText(report));
}

function reportText({ runs, approvals, leases, evidence, forgottenUntil }: Restored): string {
  const spends =
    forgottenUntil === null
      ? "forgotten spends are accepted"
      : `a budget or once is refused until its window has passed since ${new Date(forgottenUntil * 1_000).toISOString()}`;
  return `new generation  ${runs} runs ended, ${approvals} approvals withdrawn, ${leases} leases due, ${evidence} green results pending; ${spends}\n`;
}
