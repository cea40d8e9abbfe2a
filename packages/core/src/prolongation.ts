import type { LedgerEntry } from "./ledger-entry.ts";
import type { Epochs, UsedToken } from "./store.ts";

/** One more step of a lease whose operation goes on. */
export interface Prolongation {
  readonly leaseId: string;
  readonly tenant: string;
  readonly run: string;
  readonly root: string;
  readonly txn: string;
  readonly actionDigest: string;
  readonly token: UsedToken;
  readonly approvalId: string | undefined;
  /** Epochs that the decision to prolong used; any newer one aborts. */
  readonly epochs: Epochs;
  /** Store generation that the run token named. */
  readonly generation: string;
  /** NumericDate, the broker's clock. */
  readonly now: number;
  /** NumericDate of the new end. */
  readonly until: number;
  readonly entry: LedgerEntry;
}

/** How it went. Only `prolonged` changed and recorded anything; the jti is spent either way. */
export type ProlongOutcome =
  | "prolonged"
  | "token_replayed"
  | "run_ended"
  | "state_changed"
  | "lease_unknown"
  | "lease_expired"
  | "lease_used";
