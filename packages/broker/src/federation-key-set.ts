import { type PublicJwk, type RsaPublicJwk, publicJwkOf, rsaPublicJwkOf } from "@watchword/core";
import { type FederationAlgorithm, type FederationKeys, algorithmOf } from "./keys/federation-keys.ts";

/** A key set (RFC 7517 section 5) of the federation issuer's public keys, each with how it signs. */
export interface FederationKeySet {
  readonly keys: readonly ((PublicJwk | RsaPublicJwk) & {
    readonly kid: string;
    readonly alg: FederationAlgorithm;
    readonly use: "sig";
  })[];
}

/** What anybody may know of the federation issuer's keys, as they stand now. */
export function federationKeySet({ verification }: FederationKeys): FederationKeySet {
  return {
    keys: verification.map(({ keyId, publicJwk }) => ({
      // INVARIANT: copied member by member, and refused with a private one: nothing secret gets out here.
      ...(publicJwk.kty === "RSA" ? rsaPublicJwkOf(publicJwk) : publicJwkOf(publicJwk)),
      kid: keyId,
      alg: algorithmOf(publicJwk),
      use: "sig",
    })),
  };
}
