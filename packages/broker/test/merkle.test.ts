import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MerkleEdge } from "../src/ledger/merkle-edge.ts";
import { type MerkleHash, leafHash } from "../src/ledger/merkle-hash.ts";
import { consistencyProof, inclusionProof } from "../src/ledger/merkle-proof.ts";
import { verifyConsistency, verifyInclusion } from "../src/ledger/verify-merkle-proof.ts";

/** Leaves, roots and proofs that certificate-transparency publishes for RFC 6962. */
const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", `60${hexes(0x61, 0x6f)}`];
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const INCLUSION = [
  { index: 0, size: 1, proof: [] },
  {
    index: 0,
    size: 8,
    proof: [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  },
  {
    index: 5,
    size: 8,
    proof: [
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  },
  { index: 2, size: 3, proof: ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"] },
  {
    index: 1,
    size: 5,
    proof: [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  },
];
const CONSISTENCY = [
  { from: 1, to: 1, proof: [] },
  {
    from: 1,
    to: 8,
    proof: [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  },
  {
    from: 6,
    to: 8,
    proof: [
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  },
  {
    from: 2,
    to: 5,
    proof: [
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  },
];

function hexes(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index).toString(16)).join("");
}

const bytes = (hex: string): Uint8Array => Buffer.from(hex, "hex");
const hex = (hash: MerkleHash): string => Buffer.from(hash).toString("hex");
const VECTOR_LEAVES = LEAVES.map((leaf) => leafHash(bytes(leaf)));

function rootOver(leaves: readonly MerkleHash[]): MerkleHash {
  const edge = new MerkleEdge();
  for (const leaf of leaves) edge.append(leaf);
  return edge.root();
}

/** RFC 6962 section 2.1 word by word: slow, and written without a look at the code. */
function slowRoot(leaves: readonly MerkleHash[]): MerkleHash {
  const [only] = leaves;
  if (only === undefined) return createHash("sha256").update("").digest();
  if (leaves.length === 1) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const text = `01${hex(slowRoot(leaves.slice(0, k)))}${hex(slowRoot(leaves.slice(k)))}`;
  return createHash("sha256").update(text, "hex").digest();
}

const someLeaves = (count: number): MerkleHash[] =>
  Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));

describe("the published vectors of RFC 6962", () => {
  test("roots of 0 to 8 leaves", () => {
    expect(ROOTS.map((_, size) => hex(rootOver(VECTOR_LEAVES.slice(0, size))))).toEqual(ROOTS);
  });

  test.for(INCLUSION)("inclusion of leaf $index in $size", ({ index, size, proof }) => {
    const leaves = VECTOR_LEAVES.slice(0, size);
    expect(inclusionProof(leaves, index).map(hex)).toEqual(proof);
    const [leaf = bytes("")] = leaves.slice(index);
    expect(verifyInclusion(leaf, index, size, bytes(ROOTS[size] ?? ""), proof.map(bytes))).toBe(true);
  });

  test.for(CONSISTENCY)("consistency of $from with $to", ({ from, to, proof }) => {
    expect(consistencyProof(VECTOR_LEAVES.slice(0, to), from).map(hex)).toEqual(proof);
    const head = (size: number) => ({ size, root: bytes(ROOTS[size] ?? "") });
    expect(verifyConsistency(head(from), head(to), proof.map(bytes))).toBe(true);
  });
});

describe("a tree that grows by its edge", () => {
  test("has the root of the definition at every size", () => {
    const leaves = someLeaves(130);
    const edge = new MerkleEdge();
    for (let size = 0; size <= leaves.length; size++) {
      expect(hex(edge.root()), String(size)).toBe(hex(slowRoot(leaves.slice(0, size))));
      const [next] = leaves.slice(size);
      if (next !== undefined) edge.append(next);
    }
    expect(edge.size).toBe(130);
  });

  test("proves every leaf at every size, and no other leaf, place, size or root", () => {
    const leaves = someLeaves(20);
    for (let size = 1; size <= leaves.length; size++) {
      const tree = leaves.slice(0, size);
      const root = slowRoot(tree);
      for (const [index, leaf] of tree.entries()) {
        const proof = inclusionProof(tree, index);
        const why = `${index} of ${size}`;
        expect(verifyInclusion(leaf, index, size, root, proof), why).toBe(true);
        expect(verifyInclusion(leafHash(leaf), index, size, root, proof), why).toBe(false);
        for (let other = 0; other < size; other++)
          if (other !== index) expect(verifyInclusion(leaf, other, size, root, proof), why).toBe(false);
        expect(verifyInclusion(leaf, index, size, leafHash(root), proof), why).toBe(false);
        expect(verifyInclusion(leaf, index, size, root, [...proof, root]), why).toBe(false);
        if (proof.length > 0)
          expect(verifyInclusion(leaf, index, size, root, proof.slice(1)), why).toBe(false);
      }
    }
  });

  test("proves that each size begins with each smaller one, and not with another tree", () => {
    const leaves = someLeaves(20);
    for (let to = 1; to <= leaves.length; to++) {
      for (let from = 1; from <= to; from++) {
        const proof = consistencyProof(leaves.slice(0, to), from);
        const earlier = { size: from, root: slowRoot(leaves.slice(0, from)) };
        const later = { size: to, root: slowRoot(leaves.slice(0, to)) };
        const why = `${from} in ${to}`;
        expect(verifyConsistency(earlier, later, proof), why).toBe(true);
        expect(verifyConsistency({ ...earlier, root: leafHash(earlier.root) }, later, proof), why).toBe(
          false,
        );
        expect(verifyConsistency(earlier, { ...later, root: leafHash(later.root) }, proof), why).toBe(false);
        expect(verifyConsistency(earlier, later, [...proof, later.root]), why).toBe(false);
        if (proof.length > 0) expect(verifyConsistency(earlier, later, proof.slice(0, -1)), why).toBe(false);
        if (from < to) expect(verifyConsistency(later, earlier, proof), why).toBe(false);
      }
    }
  });

  test("of any size and with any change of a leaf: the change is in no proof", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(), (size, at, from) => {
        const leaves = someLeaves(size);
        const index = at % size;
        const earlier = 1 + (from % size);
        const forged = leaves.with(index, leafHash(Buffer.from("forged")));
        const root = rootOver(leaves);
        const [leaf = root] = forged.slice(index);
        expect(verifyInclusion(leaf, index, size, root, inclusionProof(forged, index))).toBe(false);
        const heads = [
          { size: earlier, root: rootOver(leaves.slice(0, earlier)) },
          { size, root: rootOver(forged) },
        ] as const;
        if (index < earlier)
          expect(verifyConsistency(heads[0], heads[1], consistencyProof(forged, earlier))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("has no proof of what is outside of it", () => {
    expect(() => inclusionProof(someLeaves(3), 3)).toThrow(RangeError);
    expect(() => inclusionProof([], 0)).toThrow(RangeError);
    expect(() => consistencyProof(someLeaves(3), 4)).toThrow(RangeError);
    expect(verifyInclusion(leafHash(bytes("")), 0, 0, bytes(ROOTS[0] ?? ""), [])).toBe(false);
    expect(verifyInclusion(leafHash(bytes("")), 0.5, 1, leafHash(bytes("")), [])).toBe(false);
  });
});
