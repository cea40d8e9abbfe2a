import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { type LedgerSink, Refusal } from "@watchword/core";

/**
 * A file to which checkpoints are only ever appended, each flushed before it counts as kept. It protects from whoever can
 * change the store and not this file: put it on another volume, under another owner, append-only.
 *
 * @example
 * ```ts
 * createBroker({ …, ledger: { sinks: [fileSink("/mnt/audit/checkpoints.notes")] } });
 * ```
 */
export function fileSink(path: string): LedgerSink {
  return Object.freeze({
    name: "file",
    push: async (note: string) => {
      try {
        await append(path, note);
      } catch (error) {
        throw Refusal.from(error, "ledger_unavailable", { detail: `${path} does not take checkpoints` });
      }
    },
  });
}

async function append(path: string, note: string): Promise<void> {
  await using file = await open(path, "a", 0o600);
  const { size } = await file.stat();
  // Empty lines end what a crash may have left of a note. One write, so that another process's note stays whole, too.
  const text = Buffer.from(size === 0 ? note : `\n\n${note}`);
  const { bytesWritten } = await file.write(text);
  if (bytesWritten !== text.length) throw new Error("short write");
  await file.sync();
  if (size > 0) return;
  // The file's name is durable once its directory is.
  await using directory = await open(dirname(path), "r");
  await directory.sync();
}
