import type { Value, ValueMap } from "./value.ts";

/** What a ledger record is about. */
export type LedgerKind =
  | "run_started"
  | "run_renewed"
  | "run_ended"
  | "decision"
  | "intent"
  | "outcome"
  | "approval"
  | "use"
  | "use_outcome"
  | "revocation"
  | "tenant"
  | "policy"
  | "evidence"
  | "freeze"
  | "door"
  | "recovery"
  | "personal"
  | "operator";

/**
 * One record before it is chained. `body` goes into the hash chain for ever and holds no secret and no personal value;
 * `personal` (who, with which arguments) goes into an erasable side table, and the chain holds only a salted commitment
 * to it.
 */
export interface LedgerEntry {
  readonly kind: LedgerKind;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `null` for what concerns no tenant (a policy change). */
  readonly tenant: string | null;
  readonly decisionId?: string;
  readonly body: Readonly<Record<string, Value>>;
  readonly personal?: ValueMap;
}

/** A record as it stands in a replica's chain. */
export interface LedgerRecord extends LedgerEntry {
  readonly replica: string;
  /** 1, 2, 3 … within the replica. */
  readonly sequence: number;
  /** Salted digest of the personal part, absent when the record has none. */
  readonly commitment?: string;
  /** Hash of the record before; 43 `A`s (32 zero bytes) for the first. */
  readonly previous: string;
  /** SHA-256 over the canonical text of {at, body, commitment, decision, kind, previous, replica, sequence, tenant}, absent members left out. */
  readonly hash: string;
}

/** Where a record stands: with it, a runtime can later demand the proof that the record is in the signed ledger. */
export interface LedgerReceipt {
  readonly replica: string;
  readonly sequence: number;
  /** The record's hash. */
  readonly hash: string;
}

/** A signed statement about one replica's chain up to a record; changing that part or cutting into it contradicts it. */
export interface LedgerCheckpoint {
  readonly replica: string;
  /** The last record that it covers: the size of the tree. */
  readonly sequence: number;
  /** Hash of that record. */
  readonly hash: string;
  readonly at: number;
  /** Of a note: the key id of its signature line in hexadecimal. */
  readonly keyId: string;
  /**
   * A signed note (c2sp.org/tlog-checkpoint), whole. Earlier ones: ES256 over the canonical text of the other members,
   * base64url.
   */
  readonly signature: string;
}
