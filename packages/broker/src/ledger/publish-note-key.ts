import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import type { NotePublicJwk } from "./note-key.ts";

/** Writes a public key where everybody may read it. It follows the private one, and is never read back. */
export async function publishNoteKey(path: string, jwk: NotePublicJwk): Promise<void> {
  const text = `${JSON.stringify(jwk)}\n`;
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { mode: 0o644, flag: "wx" });
  await rename(temporary, path);
}
