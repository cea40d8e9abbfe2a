import type { Sealer, Signer, VerificationKey } from "@watchword/core";
import type { LedgerKeys } from "./ledger/ledger-keys.ts";
import type { NoteSigner } from "./ledger/note-key.ts";

/** The keys a broker works with: one per token kind, so that no token can be passed off as another. */
export interface BrokerKeys {
  /** Signs run tokens. */
  readonly runs: Signer;
  /** Verifies run tokens: the current key and those being rotated out. */
  readonly runVerification: readonly VerificationKey[];
  /** Signs ledger checkpoints: Ed25519, as notes want it. */
  readonly ledger: NoteSigner;
  /** Verifies checkpoints: the current key and earlier ones. */
  readonly ledgerVerification: LedgerKeys;
  /** Signs federation tokens, under an issuer of their own. */
  readonly federation: Signer;
  /** Published by the federation issuer: the current key and those being rotated out. */
  readonly federationVerification: readonly VerificationKey[];
  /** Keyed hash of a text: equal texts look equal, and nobody without the key can try texts against it. */
  readonly pseudonym: (text: string) => string;
  /** Keyed hash of a time: nonces that proofs must hold. Its key makes nothing else, so that no other hash is a nonce. */
  readonly nonce: (text: string) => string;
  /** Encrypts credentials and connection secrets at rest. */
  readonly sealer: Sealer;
}
