import { type Signer, type VerificationKey, verificationKey } from "@watchword/core";

/** The keys of one kind of token, as they stand at the moment of asking. */
export interface SigningKeys {
  /** Signs now. A rotation changes it, so it is asked for with each token. */
  readonly signer: Signer;
  /** Accepted and published now: the key in use, the next one, and those of before until their stated end. */
  readonly verification: readonly VerificationKey[];
  /** Looks for keys that came or went; bounded in how often it does, and never rejects. */
  refresh(): Promise<void>;
}

/** A key of a kind of token that never changes. */
export async function fixedKeys(signer: Signer): Promise<SigningKeys> {
  const verification = Object.freeze([await verificationKey(signer.keyId, signer.publicJwk)]);
  return Object.freeze<SigningKeys>({ signer, verification, refresh: async () => undefined });
}

/** The key with this id, looked for once more when it is not at hand: a replica may have heard of it before. */
export async function findKey(keys: SigningKeys, keyId: unknown): Promise<VerificationKey | undefined> {
  const find = (): VerificationKey | undefined => keys.verification.find((key) => key.keyId === keyId);
  const known = find();
  if (known !== undefined) return known;
  // INVARIANT: whoever may ask for any key id causes no more than one look per interval.
  await keys.refresh();
  return find();
}
