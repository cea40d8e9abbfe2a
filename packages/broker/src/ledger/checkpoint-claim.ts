import type { LedgerCheckpoint } from "@watchword/core";
import { readCheckpointNote, replicaOf } from "./checkpoint-note.ts";
import { checkpointText } from "./checkpoint-text.ts";
import type { LedgerKeys } from "./ledger-keys.ts";
import type { MerkleHash } from "./merkle-hash.ts";
import { checkNote } from "./signed-note.ts";

/** What a checkpoint whose signature holds says about a chain. */
export interface CheckpointClaim {
  readonly replica: string;
  readonly sequence: number;
  /** Whose word it is: the store's own copy, or one that was kept outside. */
  readonly kept: "store" | "outside";
  /** Hash of the record there; a note alone does not say it. */
  readonly hash?: string;
  /** Root of the tree up to there; earlier checkpoints do not say it. */
  readonly root?: MerkleHash;
}

/** Checks a checkpoint of the store. A text is what is wrong with it. */
export async function claimOf(
  checkpoint: LedgerCheckpoint,
  keys: LedgerKeys,
): Promise<CheckpointClaim | string> {
  const { replica, sequence, hash, signature } = checkpoint;
  if (!signature.includes("\n"))
    return (await earlierProblem(checkpoint, keys)) ?? { replica, sequence, hash, kept: "store" };
  const claim = claimOfNote(signature, keys);
  if (typeof claim === "string") return claim;
  return claim.replica === replica && claim.sequence === sequence
    ? { ...claim, hash, kept: "store" }
    : `its note is about ${claim.replica} record ${claim.sequence}`;
}

/** Checks a checkpoint that was kept outside. A text is what is wrong with it. */
export function claimOfNote(note: string, keys: LedgerKeys): CheckpointClaim | string {
  const read = readCheckpointNote(note);
  if (read === undefined) return "it is no signed checkpoint";
  switch (checkNote(read.note, read.origin, keys.notes)) {
    case "unknown_key":
      return "signed with an unknown key";
    case "forged":
      return "its signature does not verify";
    case "signed":
      return { replica: replicaOf(read.origin), sequence: read.size, root: read.root, kept: "outside" };
  }
}

async function earlierProblem(checkpoint: LedgerCheckpoint, keys: LedgerKeys): Promise<string | undefined> {
  const key = keys.earlier.find(({ keyId }) => keyId === checkpoint.keyId);
  if (key === undefined) return "signed with an unknown key";
  const valid = await crypto.subtle.verify(
    { name: "ECDSA", hash: "SHA-256" },
    key.key,
    Buffer.from(checkpoint.signature, "base64url"),
    new Uint8Array(checkpointText(checkpoint)),
  );
  return valid ? undefined : "its signature does not verify";
}
