import { randomUUID } from "node:crypto";
import { link, open, rename, rm, writeFile } from "node:fs/promises";
import { Refusal } from "@watchword/core";

/** A file of keys as it was read, with what tells whether it was replaced since. */
export interface KeyFile {
  readonly text: string;
  readonly version: string;
}

/**
 * Reads a file of keys; `undefined` where there is none, `unchanged` when it is still the one of `known`.
 *
 * @throws Refusal `configuration_invalid` when others than its owner may read it
 */
export async function readKeyFile(path: string, known?: string): Promise<KeyFile | "unchanged" | undefined> {
  try {
    await using file = await open(path, "r");
    const { mode, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
    if (process.platform !== "win32" && (mode & 0o077n) !== 0n)
      throw new Refusal("configuration_invalid", {
        detail: `${path} can be read by others; chmod 600 it, and replace the key if they may have`,
      });
    const version = [ino, size, mtimeNs, ctimeNs].join(" ");
    return version === known ? "unchanged" : { text: await file.readFile("utf8"), version };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    // Of the error below its code alone is told: its text may quote what was read.
    throw Refusal.from(error, "configuration_invalid", {
      detail: `${path} cannot be read (${code ?? "no code"})`,
    });
  }
}

/** Makes a file unless it is there. Two processes that start at once end with the same one, never with half of one. */
export async function createKeyFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Puts a new file in the old one's place: who reads at the same moment reads the one or the other. */
export async function replaceKeyFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await using file = await open(temporary, "wx", 0o600);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
