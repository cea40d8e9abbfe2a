import { type MerkleHash, nodeHash, sameHash } from "./merkle-hash.ts";

/** Whether `leaf` is leaf number `index` of the tree of this size and root (RFC 9162 section 2.1.3.2). */
export function verifyInclusion(
  leaf: MerkleHash,
  index: number,
  size: number,
  root: MerkleHash,
  proof: readonly MerkleHash[],
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash);
      // A last node without a sibling stands for its parents, too.
      while (position % 2 === 0 && position !== 0) [position, last] = [position / 2, half(last)];
    } else hash = nodeHash(hash, sibling);
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && sameHash(hash, root);
}

/** A tree's head: how many leaves it has, and its root. */
export interface TreeHead {
  readonly size: number;
  readonly root: MerkleHash;
}

/** Whether the tree of `later` begins with the whole tree of `earlier` (RFC 9162 section 2.1.4.2). */
export function verifyConsistency(earlier: TreeHead, later: TreeHead, proof: readonly MerkleHash[]): boolean {
  if (!isCount(earlier.size) || !isCount(later.size) || earlier.size > later.size) return false;
  if (earlier.size === later.size) return proof.length === 0 && sameHash(earlier.root, later.root);
  if (earlier.size === 0) return proof.length === 0;
  let position = earlier.size - 1;
  let last = later.size - 1;
  while (position % 2 === 1) [position, last] = [half(position), half(last)];
  // An earlier tree that is one full subtree is not repeated in the proof.
  const [first, ...rest] = position === 0 ? [earlier.root, ...proof] : proof;
  if (first === undefined) return false;
  let was = first;
  let is = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      was = nodeHash(hash, was);
      is = nodeHash(hash, is);
      while (position % 2 === 0 && position !== 0) [position, last] = [position / 2, half(last)];
    } else is = nodeHash(is, hash);
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && sameHash(was, earlier.root) && sameHash(is, later.root);
}

const half = (count: number): number => Math.floor(count / 2);

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
