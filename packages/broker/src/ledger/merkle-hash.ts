import { hash } from "node:crypto";

/** A node of a Merkle tree: SHA-256, 32 bytes. */
export type MerkleHash = Uint8Array;

/** RFC 6962 section 2.1: a leaf and an inner node are hashed apart, so that neither can pass for the other. */
export function leafHash(data: Uint8Array): MerkleHash {
  return sha256Of(LEAF, data);
}

/** RFC 6962 section 2.1. */
export function nodeHash(left: MerkleHash, right: MerkleHash): MerkleHash {
  return sha256Of(NODE, left, right);
}

/** The root of a tree without leaves: the hash of nothing. */
export function emptyRoot(): MerkleHash {
  return sha256Of();
}

/** The leaf that stands for a ledger record: its data are the 32 bytes of the record's hash. */
export function recordLeaf(recordHash: string): MerkleHash {
  return leafHash(Buffer.from(recordHash, "base64url"));
}

export function sameHash(left: MerkleHash, right: MerkleHash): boolean {
  return Buffer.from(left).equals(right);
}

/** In one call, which costs less than a hash in parts: two of them follow each record. */
function sha256Of(...parts: readonly Uint8Array[]): MerkleHash {
  return hash("sha256", Buffer.concat(parts), "buffer");
}

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);
