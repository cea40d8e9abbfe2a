import type { Sealer } from "@watchword/core";
import type { NoteKeys } from "./keys/note-keys.ts";
import type { FederationKeys } from "./keys/federation-keys.ts";
import type { SigningKeys } from "./keys/signing-keys.ts";

/**
 * The keys a broker works with: one per token kind, so that no token can be passed off as another. Each kind rotates by
 * itself, so none is kept: it is asked for when it is used.
 */
export interface BrokerKeys {
  /** Run tokens. */
  readonly runs: SigningKeys;
  /** Access tokens for teams' own services, under an issuer of their own. */
  readonly access: SigningKeys;
  /** Checkpoints of the ledger. */
  readonly ledger: NoteKeys;
  /** Federation tokens, under an issuer of their own. */
  readonly federation: FederationKeys;
  /** Keyed hash of a text: equal texts look equal, and nobody without the key can try texts against it. */
  readonly pseudonym: (text: string) => string;
  /** Keyed hash of a time: nonces that proofs must hold. Its key makes nothing else, so that no other hash is a nonce. */
  readonly nonce: (text: string) => string;
  /** The same by every key whose nonces are taken now: `nonce`'s, the next one, and those of before until their end. */
  readonly nonces: (text: string) => readonly string[];
  /** Encrypts credentials and connection secrets at rest. */
  readonly sealer: Sealer;
}
