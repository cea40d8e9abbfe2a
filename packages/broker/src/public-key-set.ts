import { type PublicJwk, publicJwkOf } from "@watchword/core";
import type { SigningKeys } from "./keys/signing-keys.ts";

/** A key set (RFC 7517 section 5) of public signing keys. */
export interface PublicKeySet {
  readonly keys: readonly (PublicJwk & {
    readonly kid: string;
    readonly alg: "ES256";
    readonly use: "sig";
  })[];
}

/** What anybody may know of the keys of a kind of token, as they stand now. */
export function publicKeySet({ verification }: SigningKeys): PublicKeySet {
  return {
    keys: verification.map(({ keyId, publicJwk }) => ({
      // INVARIANT: copied member by member, and refused with a private one: nothing secret gets out here.
      ...publicJwkOf(publicJwk),
      kid: keyId,
      alg: "ES256",
      use: "sig",
    })),
  };
}
