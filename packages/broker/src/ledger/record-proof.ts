import type { LedgerCheckpoint, LedgerRecord } from "@watchword/core";
import { claimOfNote } from "./checkpoint-claim.ts";
import type { LedgerKeys } from "./ledger-keys.ts";
import type { LedgerSource } from "./ledger-line.ts";
import { type MerkleHash, recordLeaf } from "./merkle-hash.ts";
import { consistencyProof, inclusionProof } from "./merkle-proof.ts";
import { hashOfRecord } from "./record-hash.ts";
import { readCheckpointNote } from "./checkpoint-note.ts";
import { verifyInclusion } from "./verify-merkle-proof.ts";

/** One record, and the proof that a signed checkpoint covers it. Whoever has the public key can check it alone. */
export interface RecordProof {
  readonly record: LedgerRecord;
  /** Proof and checkpoint in one text (c2sp.org/tlog-proof). */
  readonly proof: string;
}

const FIRST_LINE = "c2sp.org/tlog-proof@v1";
const PAGE = 500;

/**
 * Proves that a record is in the ledger as it was signed by `checkpoint`; by default the earliest one of the store that
 * covers it. `undefined` when none does yet, or the record is not there. Reads the chain up to the checkpoint.
 */
export async function proveRecord(
  source: LedgerSource,
  replica: string,
  sequence: number,
  checkpoint?: string,
): Promise<RecordProof | undefined> {
  const note = checkpoint ?? coveringNote(await source.checkpoints(), replica, sequence);
  const size = note === undefined ? undefined : readCheckpointNote(note)?.size;
  if (note === undefined || size === undefined || size < sequence) return undefined;
  const chain = await leaves(source, replica, size);
  const [record] = await source.ledger({ replica, after: sequence - 1, limit: 1 });
  if (record?.sequence !== sequence || chain.length !== size) return undefined;
  const hashes = inclusionProof(chain, sequence - 1);
  return {
    record,
    proof: `${[FIRST_LINE, `index ${sequence - 1}`, ...hashes.map(base64)].join("\n")}\n\n${note}`,
  };
}

/** Proves that a replica's tree of `size` records begins with its tree of `earlier` records. `undefined` when it has less. */
export async function proveConsistency(
  source: LedgerSource,
  replica: string,
  earlier: number,
  size: number,
): Promise<readonly MerkleHash[] | undefined> {
  const chain = await leaves(source, replica, size);
  return chain.length === size && earlier <= size ? consistencyProof(chain, earlier) : undefined;
}

/** Checks a proof with public keys alone. A text is what is wrong with it. */
export function recordProofProblem({ record, proof }: RecordProof, keys: LedgerKeys): string | undefined {
  const split = proof.indexOf("\n\n");
  const [first, index = "", ...lines] = proof.slice(0, Math.max(0, split)).split("\n");
  if (first !== FIRST_LINE || !/^index (0|[1-9]\d{0,14})$/.test(index)) return "it is no proof";
  const hashes = lines.map((line) => Buffer.from(line, "base64"));
  if (!hashes.every((hash, at) => hash.length === 32 && base64(hash) === lines[at])) return "it is no proof";
  const claim = claimOfNote(proof.slice(split + 2), keys);
  if (typeof claim === "string") return `its checkpoint: ${claim}`;
  if (claim.root === undefined || claim.replica !== record.replica)
    return "its checkpoint is about another chain";
  // The leaf's place is the record's own sequence number, so that a record proves its place as well.
  if (Number(index.slice("index ".length)) !== record.sequence - 1) return "it is about another record";
  if (hashOfRecord(record) !== record.hash) return "the record's hash does not match its content";
  return verifyInclusion(recordLeaf(record.hash), record.sequence - 1, claim.sequence, claim.root, hashes)
    ? undefined
    : "the record is not in the tree that was signed";
}

async function leaves(source: LedgerSource, replica: string, size: number): Promise<MerkleHash[]> {
  const found: MerkleHash[] = [];
  while (found.length < size) {
    const limit = Math.min(PAGE, size - found.length);
    const page = await source.ledger({ replica, after: found.length, limit });
    if (page.length === 0) break;
    found.push(...page.map(({ hash }) => recordLeaf(hash)));
  }
  return found;
}

function coveringNote(
  checkpoints: readonly LedgerCheckpoint[],
  replica: string,
  sequence: number,
): string | undefined {
  return checkpoints
    .filter((one) => one.replica === replica && one.sequence >= sequence && one.signature.includes("\n"))
    .toSorted((a, b) => a.sequence - b.sequence)[0]?.signature;
}

function base64(hash: Uint8Array): string {
  return Buffer.from(hash).toString("base64");
}
