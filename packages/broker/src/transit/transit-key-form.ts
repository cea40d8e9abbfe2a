import {
  type RsaSigner,
  type Signer,
  type VerificationKey,
  publicJwkOf,
  rsaPublicJwkOf,
  verificationKey,
} from "@watchword/core";
import type { PublishedKey } from "../keys/federation-keys.ts";

/** A version of a key of the engine. */
export interface TransitVersion<S, V> {
  readonly signer: S;
  readonly verification: V;
}

/** A type of key of the engine, and what a version of it is. */
export interface TransitKeyForm<S, V> {
  readonly type: "ecdsa-p256" | "rsa-2048";
  /** @throws TypeError when it is another kind of key */
  readonly versionOf: (
    keyId: string,
    jwk: object,
    signs: (input: Uint8Array, options: object, bytes: number) => Promise<Uint8Array>,
  ) => Promise<TransitVersion<S, V>>;
}

/** Our own tokens, and federation tokens. */
export const TRANSIT_ES256: TransitKeyForm<Signer, VerificationKey> = {
  type: "ecdsa-p256",
  versionOf: async (keyId, jwk, signs) => {
    const publicJwk = publicJwkOf(jwk);
    return {
      signer: Object.freeze<Signer>({ keyId, publicJwk, sign: (input) => signs(input, {}, 64) }),
      verification: await verificationKey(keyId, publicJwk),
    };
  },
};

/** Federation tokens alone. */
export const TRANSIT_RS256: TransitKeyForm<RsaSigner, PublishedKey> = {
  type: "rsa-2048",
  versionOf: async (keyId, jwk, signs) => {
    const publicJwk = rsaPublicJwkOf(jwk);
    return {
      signer: Object.freeze<RsaSigner>({
        algorithm: "RS256",
        keyId,
        publicJwk,
        // What the engine does unasked is PSS.
        sign: (input) => signs(input, { signature_algorithm: "pkcs1v15" }, 256),
      }),
      verification: { keyId, publicJwk },
    };
  },
};
