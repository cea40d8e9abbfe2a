import { type MerkleHash, emptyRoot, nodeHash } from "./merkle-hash.ts";

/**
 * The path from a leaf to the root of the tree over `leaves` (RFC 6962 section 2.1.1), the leaf's sibling first. Takes
 * the hashes of all leaves: whoever proves has the whole chain.
 *
 * @throws RangeError when there is no such leaf
 */
export function inclusionProof(leaves: readonly MerkleHash[], index: number): MerkleHash[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length)
    throw new RangeError(`no leaf ${index} in a tree of ${leaves.length}`);
  return path(leaves, index, 0, leaves.length);
}

/**
 * What shows that the tree over the first `size` leaves is the beginning of the tree over all of them (RFC 6962
 * section 2.1.2). Empty when either is the other, or the earlier one has no leaf.
 *
 * @throws RangeError when the earlier tree is larger
 */
export function consistencyProof(leaves: readonly MerkleHash[], size: number): MerkleHash[] {
  if (!Number.isSafeInteger(size) || size < 0 || size > leaves.length)
    throw new RangeError(`no tree of ${size} within one of ${leaves.length}`);
  return size === 0 || size === leaves.length ? [] : subproof(leaves, size, 0, leaves.length, true);
}

function path(leaves: readonly MerkleHash[], index: number, from: number, to: number): MerkleHash[] {
  if (to - from === 1) return [];
  const split = from + largestPowerBelow(to - from);
  return index < split
    ? [...path(leaves, index, from, split), rootOf(leaves, split, to)]
    : [...path(leaves, index, split, to), rootOf(leaves, from, split)];
}

/** `whole`: the verifier knows the root of this subtree already, because it is the earlier tree's. */
function subproof(
  leaves: readonly MerkleHash[],
  size: number,
  from: number,
  to: number,
  whole: boolean,
): MerkleHash[] {
  if (from + size === to) return whole ? [] : [rootOf(leaves, from, to)];
  const width = largestPowerBelow(to - from);
  const split = from + width;
  return size <= width
    ? [...subproof(leaves, size, from, split, whole), rootOf(leaves, split, to)]
    : [...subproof(leaves, size - width, split, to, false), rootOf(leaves, from, split)];
}

function rootOf(leaves: readonly MerkleHash[], from: number, to: number): MerkleHash {
  if (to - from === 1) return leaves[from] ?? emptyRoot();
  const split = from + largestPowerBelow(to - from);
  return nodeHash(rootOf(leaves, from, split), rootOf(leaves, split, to));
}

/** The largest power of two that is smaller than `count`, which is at least 2. */
function largestPowerBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}
