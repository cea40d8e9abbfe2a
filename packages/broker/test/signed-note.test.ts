import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkpointNoteText, ledgerOrigin, readCheckpointNote } from "../src/ledger/checkpoint-note.ts";
import { leafHash } from "../src/ledger/merkle-hash.ts";
import { noteKey, noteSigner } from "../src/ledger/note-key.ts";
import { checkNote, noteKeyId, readNote, signNote, splitNotes } from "../src/ledger/signed-note.ts";

const newSigner = () => noteSigner(generateKeyPairSync("ed25519").privateKey);
const ORIGIN = ledgerOrigin("https://broker.example/", "rep_1");
const ROOT = leafHash(Buffer.from("root"));
const TEXT = checkpointNoteText({ origin: ORIGIN, size: 3, root: ROOT });

/** The note and key of golang.org/x/mod/sumdb/note's documentation: another implementation's work. */
const PETER = {
  name: "PeterNeumann",
  jwk: {
    kty: "OKP",
    crv: "Ed25519",
    x: Buffer.from("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "base64")
      .subarray(1)
      .toString("base64url"),
  },
  keyId: "c74f20a3",
  note:
    "If you think cryptography is the answer to your problem,\n" +
    "then you don't know what your problem is.\n\n" +
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
};

describe("a signed note", () => {
  test("of Go's implementation verifies here, under the id that it gives its key", () => {
    const key = noteKey(PETER.jwk);
    expect(noteKeyId(PETER.name, key.publicKey)).toBe(PETER.keyId);
    const note = readNote(PETER.note);
    if (note === undefined) throw new Error("it was not read");
    expect(checkNote(note, PETER.name, [key])).toBe("signed");
    expect(checkNote({ ...note, text: note.text.replace("your", "my") }, PETER.name, [key])).toBe("forged");
  });

  test("of ours has the form of a checkpoint: origin, size, root, and the key under the log's name", async () => {
    const signer = newSigner();
    const note = await signNote(TEXT, ORIGIN, signer);
    const [origin, size, root, empty, line] = note.split("\n");
    expect([origin, size, root, empty]).toEqual([
      "broker.example/ledger/rep_1",
      "3",
      Buffer.from(ROOT).toString("base64"),
      "",
    ]);
    expect(line).toMatch(/^\u2014 broker\.example\/ledger\/rep_1 [A-Za-z0-9+/]{91}=$/u);
    const read = readCheckpointNote(note);
    expect(read).toMatchObject({ origin: ORIGIN, size: 3 });
    expect(read && checkNote(read.note, ORIGIN, [noteKey(signer.publicJwk)])).toBe("signed");
  });

  test("that somebody else signed under our name, or we under another, is not ours", async () => {
    const signer = newSigner();
    const keys = [noteKey(signer.publicJwk)];
    const verdict = async (note: string) => {
      const read = readNote(note);
      return read && checkNote(read, ORIGIN, keys);
    };
    expect(await verdict(await signNote(TEXT, ORIGIN, newSigner()))).toBe("unknown_key");
    expect(await verdict(await signNote(TEXT, "other.example", signer))).toBe("unknown_key");
    const renamed = (await signNote(TEXT, ORIGIN, signer)).replace(
      `\u2014 ${ORIGIN} `,
      "\u2014 other.example ",
    );
    expect(await verdict(renamed)).toBe("unknown_key");
    const forger = { ...newSigner(), publicKey: signer.publicKey };
    expect(await verdict(await signNote(TEXT, ORIGIN, forger))).toBe("forged");
  });

  test("may be cosigned: lines of unknown keys neither help nor harm", async () => {
    const signer = newSigner();
    const note = await signNote(TEXT, ORIGIN, signer);
    const cosigned = `${note}${(await signNote(TEXT, "witness.example", newSigner())).split("\n\n")[1] ?? ""}`;
    const read = readNote(cosigned);
    expect(read?.signatures).toHaveLength(2);
    expect(read && checkNote(read, ORIGIN, [noteKey(signer.publicJwk)])).toBe("signed");
    expect(read && checkNote(read, ORIGIN, [])).toBe("unknown_key");
  });

  test.for([
    ["without signatures", TEXT],
    ["without an empty line", `${TEXT}\u2014 a AAAAAAAA\n`],
    ["without a final newline", `${TEXT}\n\u2014 a AAAAAAAA`],
    ["with a hyphen for a dash", `${TEXT}\n- a AAAAAAAA\n`],
    ["with a name that holds a plus", `${TEXT}\n\u2014 a+b AAAAAAAA\n`],
    ["with a signature of nothing", `${TEXT}\n\u2014 a AAAAAA==\n`],
    ["with a second spelling of its signature", `${TEXT}\n\u2014 a AAAAAAB=\n`],
    ["with a control character", `a\u0000\n\n\u2014 a AAAAAAAA\n`],
  ])("%s is none", ([, note = ""]) => {
    expect(readNote(note)).toBeUndefined();
  });

  test.for([
    ["a size with a zero before it", "o\n03\nROOT\n"],
    ["a size below zero", "o\n-1\nROOT\n"],
    ["a size that is no safe integer", "o\n99999999999999999999\nROOT\n"],
    ["no root", "o\n3\n"],
    ["a root of another length", "o\n3\nAAAA\n"],
  ])("with %s is no checkpoint", ([, text = ""]) => {
    const note = `${text.replace("ROOT", Buffer.from(ROOT).toString("base64"))}\n\u2014 o AAAAAAAA\n`;
    expect(readNote(note)).toBeDefined();
    expect(readCheckpointNote(note)).toBeUndefined();
  });

  test("is found again among others, also after one that a crash cut off", async () => {
    const signer = newSigner();
    const notes = await Promise.all(
      [1, 2].map((size) =>
        signNote(checkpointNoteText({ origin: ORIGIN, size, root: ROOT }), ORIGIN, signer),
      ),
    );
    expect(splitNotes(notes.join("\n"))).toEqual(notes);
    expect(splitNotes(`${notes[0] ?? ""}\nbroker.example/led\n${notes[1] ?? ""}`).length).toBe(2);
    expect(splitNotes(`${notes[0] ?? ""}\nbroker.example/led\n\n${notes[1] ?? ""}`)).toEqual(notes);
    expect(splitNotes("")).toEqual([]);
  });

  test("is not made with a private key where a public one belongs", () => {
    const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    expect(() => noteKey(jwk)).toThrow(/private key/);
    expect(() => noteKey({ kty: "EC", crv: "P-256", x: "a", y: "b" })).toThrow(/Ed25519/);
  });
});
