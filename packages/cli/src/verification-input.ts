import { readFile } from "node:fs/promises";
import { Refusal } from "@watchword/core";
import { terminalText } from "./terminal-text.ts";

type Server = typeof import("@watchword/server");
type LedgerKeys = Awaited<ReturnType<Server["ledgerKeys"]>>;

/** @throws Refusal `configuration_invalid` naming the file that is no public key of a ledger */
export async function readKeys(server: Server, files: readonly string[]): Promise<LedgerKeys> {
  const keys = await Promise.all(files.map((file) => readKey(server, file)));
  return { notes: keys.flatMap(({ notes }) => notes), earlier: keys.flatMap(({ earlier }) => earlier) };
}

/** @throws Refusal `configuration_invalid` naming the file in which there is no checkpoint: a check without one says less */
export async function readNotes(server: Server, files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(
    files.map(async (file) => {
      const notes = server.splitNotes(await readText(file));
      if (notes.length === 0) throw wrong(file, "holds no checkpoint");
      return notes;
    }),
  );
  return texts.flat();
}

async function readKey(server: Server, file: string): Promise<LedgerKeys> {
  const text = await readText(file);
  try {
    return await server.ledgerKeys([JSON.parse(text) as object]);
  } catch {
    // The cause may quote the file, which may be a private key by mistake.
    throw wrong(
      file,
      "is no public key of a ledger: an Ed25519 or P-256 JWK, or a set of them, without private parts",
    );
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => {
    throw wrong(file, "cannot be read");
  });
}

function wrong(file: string, what: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `${terminalText(file)} ${what}` });
}
