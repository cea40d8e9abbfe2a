/** For whoever checks a ledger and is no broker: public keys in, a verdict out. */
export { readCheckpointNote } from "../ledger/checkpoint-note.ts";
export { exportLedger } from "../ledger/export-ledger.ts";
export { ledgerKeys } from "../ledger/ledger-keys.ts";
export { parseLedgerLines, parseRecordProof } from "../ledger/parse-ledger-lines.ts";
export { proveConsistency, proveRecord, recordProofProblem } from "../ledger/record-proof.ts";
export { splitNotes } from "../ledger/signed-note.ts";
export { verifyLedger } from "../ledger/verify-ledger.ts";
export { verifyLedgerLines } from "../ledger/verify-ledger-lines.ts";
export { verifyConsistency, verifyInclusion } from "../ledger/verify-merkle-proof.ts";
export type { LedgerKeys } from "../ledger/ledger-keys.ts";
export type { LedgerHead, LedgerLine, LedgerSource, PersonalPart } from "../ledger/ledger-line.ts";
export type { MerkleHash } from "../ledger/merkle-hash.ts";
export type { RecordProof } from "../ledger/record-proof.ts";
export type { LedgerReport } from "../ledger/verify-ledger-lines.ts";
export type { TreeHead } from "../ledger/verify-merkle-proof.ts";
