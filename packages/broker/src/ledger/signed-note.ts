import { createHash } from "node:crypto";
import type { NoteKey, NoteSigner } from "./note-key.ts";

/** A signed note (c2sp.org/signed-note) whose form was read; who signed it was not looked at. */
export interface SignedNote {
  /** What is signed, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** One signature line. Name and id together say which key it claims. */
export interface NoteSignature {
  readonly name: string;
  /** 4 bytes in hexadecimal. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** What {@link checkNote} found of the lines that known keys should have signed. */
export type NoteVerdict = "signed" | "unknown_key" | "forged";

/** Signature type of Ed25519 in c2sp.org/signed-note. */
const ED25519 = 0x01;
const MAX_NOTE = 65_536;
const MAX_SIGNATURES = 64;
const LINE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u;
/** ASCII control characters other than newline: not in a note. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/** The id of a key under a name: the same key under another name has another one. */
export function noteKeyId(name: string, publicKey: Uint8Array): string {
  return createHash("sha256")
    .update(`${name}\n`)
    .update(new Uint8Array([ED25519]))
    .update(publicKey)
    .digest()
    .subarray(0, 4)
    .toString("hex");
}

/** Signs a text that ends in a newline under this name. */
export async function signNote(text: string, name: string, signer: NoteSigner): Promise<string> {
  const signature = await signer.sign(new TextEncoder().encode(text));
  const keyId = Buffer.from(noteKeyId(name, signer.publicKey), "hex");
  return `${text}\n\u2014 ${name} ${Buffer.concat([keyId, signature]).toString("base64")}\n`;
}

/** Reads the form of a note; `undefined` when it is none. */
export function readNote(note: string): SignedNote | undefined {
  if (note.length > MAX_NOTE || !note.isWellFormed() || CONTROL.test(note)) return undefined;
  const split = note.lastIndexOf("\n\n");
  if (split <= 0 || !note.endsWith("\n")) return undefined;
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) return undefined;
  const signatures = lines.map(signatureOf);
  return signatures.every((line) => line !== undefined)
    ? { text: note.slice(0, split + 1), signatures }
    : undefined;
}

/** The notes of a text in which one stands after the other, apart by an empty line, as a sink's file holds them. */
export function splitNotes(text: string): string[] {
  const notes: string[] = [];
  let body: string | undefined;
  for (const block of text.split(/\n{2,}/)) {
    const content = block.replace(/^\n+|\n+$/g, "");
    if (content.startsWith("\u2014 ") && body !== undefined) {
      notes.push(`${body}\n\n${content}\n`);
      body = undefined;
      // Anything else may be the beginning of a note, or what a crash left of one.
    } else if (content !== "") body = content;
  }
  return notes;
}

/** Whether any of these keys signed the note under `name`. Lines of others, such as witnesses, count for nothing. */
export function checkNote(note: SignedNote, name: string, keys: readonly NoteKey[]): NoteVerdict {
  const text = new TextEncoder().encode(note.text);
  const known = note.signatures.flatMap((line) =>
    keys
      .filter((key) => line.name === name && line.keyId === noteKeyId(name, key.publicKey))
      .map((key) => key.verify(text, line.signature)),
  );
  if (known.length === 0) return "unknown_key";
  return known.every(Boolean) ? "signed" : "forged";
}

function signatureOf(line: string): NoteSignature | undefined {
  const [, name, encoded] = LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length <= 4 || bytes.toString("base64") !== encoded) return undefined;
  return { name, keyId: bytes.subarray(0, 4).toString("hex"), signature: bytes.subarray(4) };
}
