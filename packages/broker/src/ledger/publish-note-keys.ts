import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import type { NotePublicJwk } from "./note-key.ts";

/**
 * Writes public keys where everybody may read them: one alone, or a set of all that ever signed. They follow the private
 * ones, and are never read back.
 */
export async function publishNoteKeys(path: string, jwks: readonly NotePublicJwk[]): Promise<void> {
  const text = `${JSON.stringify(jwks.length === 1 ? jwks[0] : { keys: jwks })}\n`;
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { mode: 0o644, flag: "wx" });
  await rename(temporary, path);
}
