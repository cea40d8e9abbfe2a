import type { PublicJwk, RsaPublicJwk, RsaSigner, Signer } from "@watchword/core";

/** How federation tokens may be signed (RFC 7518 section 3.1): what the clouds that trust the issuer take. */
export type FederationAlgorithm = "ES256" | "RS256";

/**
 * The keys of federation tokens, as they stand at the moment of asking. {@link SigningKeys} are such keys, too.
 *
 * INVARIANT: others verify with these, nothing of ours does: of a key there is its public part alone, which no check takes.
 */
export interface FederationKeys {
  /** Signs now. A rotation changes it, and may change how it signs, so it is asked for with each token. */
  readonly signer: Signer | RsaSigner;
  /** Published now: the key in use, the next one, and those of before until their stated end. */
  readonly verification: readonly PublishedKey[];
  /** Looks for keys that came or went; bounded in how often it does, and never rejects. */
  refresh(): Promise<void>;
}

/** A key as others verify with it. */
export interface PublishedKey {
  readonly keyId: string;
  readonly publicJwk: PublicJwk | RsaPublicJwk;
}

/** How a key of that kind signs. */
export function algorithmOf({ kty }: { readonly kty?: string }): FederationAlgorithm {
  return kty === "RSA" ? "RS256" : "ES256";
}
