import type { LedgerCheckpoint, LedgerRecord, Store, ValueMap } from "@watchword/core";

/** What reads a ledger; a store is one. */
export type LedgerSource = Pick<Store, "ledger" | "ledgerHeads" | "personal" | "checkpoints">;

/** What is kept beside a record until it is erased. */
export interface PersonalPart {
  readonly salt: string;
  readonly value: ValueMap;
}

/** The end of one replica's chain, as the store kept it. */
export interface LedgerHead {
  readonly replica: string;
  readonly sequence: number;
  readonly hash: string;
}

/**
 * One line of an exported ledger. The first says what it is; then for each replica its checkpoints, its records in
 * order and its head; the last says that nothing is missing behind it.
 */
export type LedgerLine =
  | { readonly export: "watchword-ledger"; readonly version: 1 }
  | { readonly checkpoint: LedgerCheckpoint }
  | { readonly record: LedgerRecord; readonly personal?: PersonalPart }
  | { readonly head: LedgerHead }
  | { readonly end: { readonly chains: number; readonly records: number } };
