import { type MerkleHash, emptyRoot, nodeHash } from "./merkle-hash.ts";

/**
 * The right edge of a growing Merkle tree (RFC 6962): the roots of its full subtrees, at most one per bit of its size.
 * That is all a tree needs to grow and to say its root; a leaf costs two hashes on average.
 */
export class MerkleEdge {
  #size = 0;
  /** From the largest subtree to the smallest; their sizes are the set bits of the tree's size. */
  readonly #subtrees: MerkleHash[] = [];

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes the hash of the next leaf. */
  append(leaf: MerkleHash): void {
    let subtree = leaf;
    for (let width = this.#size; width % 2 === 1; width = Math.floor(width / 2))
      subtree = nodeHash(this.#subtrees.pop() ?? subtree, subtree);
    this.#subtrees.push(subtree);
    this.#size++;
  }

  root(): MerkleHash {
    const [last, ...larger] = this.#subtrees.toReversed();
    if (last === undefined) return emptyRoot();
    return larger.reduce((right, left) => nodeHash(left, right), last);
  }
}
