import type { MerkleHash } from "./merkle-hash.ts";
import { type SignedNote, readNote } from "./signed-note.ts";

/** What a checkpoint says (c2sp.org/tlog-checkpoint): the tree of this log has this root at this size. */
export interface CheckpointNote {
  /** Which log: the broker and its replica. It is also the name under which the key signs. */
  readonly origin: string;
  readonly size: number;
  readonly root: MerkleHash;
}

/** A checkpoint's form as read; its signatures are still to be checked. */
export interface ReadCheckpoint extends CheckpointNote {
  readonly note: SignedNote;
}

/** The origin of one replica's chain: the issuer without its scheme, and the replica. */
export function ledgerOrigin(issuer: string, replica: string): string {
  return `${issuer.replace(/^[a-z]+:\/\//, "").replace(/\/+$/, "")}/ledger/${replica}`;
}

/** The replica that an origin names; its last segment. */
export function replicaOf(origin: string): string {
  return origin.slice(origin.lastIndexOf("/") + 1);
}

/** The text that is signed. It has no extension lines: nobody outside could check what they say. */
export function checkpointNoteText({ origin, size, root }: CheckpointNote): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
}

/** Reads a checkpoint; `undefined` when the note is none. Extension lines of others are let through, as the format wants. */
export function readCheckpointNote(text: string): ReadCheckpoint | undefined {
  const note = readNote(text);
  const [origin = "", size = "", encoded = "", ...extensions] = note?.text.slice(0, -1).split("\n") ?? [];
  if (note === undefined || origin === "" || extensions.includes("")) return undefined;
  if (!/^(0|[1-9]\d{0,14})$/.test(size)) return undefined;
  const root = Buffer.from(encoded, "base64");
  if (root.length !== 32 || root.toString("base64") !== encoded) return undefined;
  return { origin, size: Number(size), root, note };
}
