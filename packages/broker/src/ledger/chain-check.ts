import { type LedgerRecord, digestOf } from "@watchword/core";
import type { CheckpointClaim } from "./checkpoint-claim.ts";
import type { LedgerHead, PersonalPart } from "./ledger-line.ts";
import { MerkleEdge } from "./merkle-edge.ts";
import { recordLeaf, sameHash } from "./merkle-hash.ts";
import { GENESIS, hashOfRecord } from "./record-hash.ts";

/**
 * Follows one replica's chain, record by record, and compares it with what was signed about it. It keeps the right edge
 * of the tree and no record.
 */
export class ChainCheck {
  readonly replica: string;
  readonly #claims = new Map<number, CheckpointClaim[]>();
  readonly #edge = new MerkleEdge();
  #last = { sequence: 0, hash: GENESIS };

  constructor(replica: string) {
    this.replica = replica;
  }

  /** What was signed: to be said before the records come. */
  claim(claim: CheckpointClaim): void {
    this.#claims.set(claim.sequence, [...(this.#claims.get(claim.sequence) ?? []), claim]);
  }

  /** The last record that something signed is about. */
  get signedUpTo(): number {
    return Math.max(0, ...this.#claims.keys());
  }

  /** Takes the next record; gives what is wrong with it. */
  record(record: LedgerRecord, personal: PersonalPart | undefined): string | undefined {
    const problem = this.#recordProblem(record) ?? personalProblem(record, personal);
    if (problem !== undefined) return `record ${record.sequence}: ${problem}`;
    this.#edge.append(recordLeaf(record.hash));
    this.#last = { sequence: record.sequence, hash: record.hash };
    const broken = this.#claims.get(record.sequence)?.find((claim) => !this.#holds(claim));
    if (broken === undefined) return undefined;
    return `record ${record.sequence}: ${broken.kept === "store" ? "the signed checkpoint says otherwise" : `up to here the chain is not the one that was signed outside`}`;
  }

  /** What is wrong with the chain's end. */
  end(head: LedgerHead): string | undefined {
    const { sequence, hash } = this.#last;
    if (sequence < this.signedUpTo) {
      const outside = this.#claims.get(this.signedUpTo)?.some(({ kept }) => kept === "outside") ?? false;
      return `records after ${sequence} are missing: a checkpoint was signed at ${this.signedUpTo}${outside ? ", and is kept outside" : ""}`;
    }
    if (sequence !== head.sequence || hash !== (head.sequence === 0 ? GENESIS : head.hash))
      return `record ${sequence} is not the head that was kept (${head.sequence})`;
    return undefined;
  }

  #recordProblem(record: LedgerRecord): string | undefined {
    if (record.sequence !== this.#last.sequence + 1)
      return record.sequence <= this.#last.sequence
        ? "it is there twice"
        : `record ${this.#last.sequence + 1} is missing before it`;
    if (record.previous !== this.#last.hash) return "it does not follow the record before it";
    return matches(() => hashOfRecord(record), record.hash)
      ? undefined
      : "its hash does not match its content";
  }

  #holds({ hash, root }: CheckpointClaim): boolean {
    return (
      (hash === undefined || hash === this.#last.hash) &&
      (root === undefined || sameHash(root, this.#edge.root()))
    );
  }
}

/** A personal part that was erased is no contradiction; one that was exchanged is. */
function personalProblem(record: LedgerRecord, personal: PersonalPart | undefined): string | undefined {
  return personal === undefined ||
    matches(() => digestOf({ salt: personal.salt, value: personal.value }), record.commitment)
    ? undefined
    : "its personal part is not the one it committed to";
}

/** What has no canonical text, such as a fraction, was never recorded: it matches nothing. */
function matches(digest: () => string, expected: string | undefined): boolean {
  try {
    return digest() === expected;
  } catch {
    return false;
  }
}
