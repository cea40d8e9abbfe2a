import type { LedgerKeys } from "../ledger/ledger-keys.ts";
import type { NoteSigner } from "../ledger/note-key.ts";

/** The keys of the ledger's checkpoints, as they stand at the moment of asking. */
export interface NoteKeys {
  /** Signs now: Ed25519, as notes want it. */
  readonly signer: NoteSigner;
  /** Verifies checkpoints: the key in use, the next one, and every earlier one. */
  readonly verification: LedgerKeys;
  /** Looks for keys that came or went; bounded in how often it does, and never rejects. */
  refresh(): Promise<void>;
}
