import { type KeyObject, constants, generateKeyPairSync, sign } from "node:crypto";

/** A signing key of an issuer: an honest one's, or one that a suite made to forge with. */
export interface IssuerKey {
  /** Its algorithm as tokens name it. */
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** What the issuer would publish. */
  readonly jwk: object;
}

/** A fresh key for an algorithm of RFC 7518 or RFC 8037. */
export function issuerKey(alg: string, kid: string): IssuerKey {
  const { privateKey, publicKey } = keyPair(alg);
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" };
  return { alg, kid, privateKey, publicKey, jwk };
}

function keyPair(alg: string): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (alg === "Ed25519" || alg === "EdDSA") return generateKeyPairSync("ed25519");
  if (alg === "ES384") return generateKeyPairSync("ec", { namedCurve: "P-384" });
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return generateKeyPairSync("rsa", { modulusLength: 2_048 });
}

/** A signature as RFC 7518 wants it, by whichever key, under whichever name. */
export function signatureOf(alg: string, key: KeyObject, input: string): Buffer {
  const bytes = Buffer.from(input);
  if (alg.startsWith("Ed")) return sign(null, bytes, key);
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith("ES")) return sign(hash, bytes, { key, dsaEncoding: "ieee-p1363" });
  if (alg.startsWith("PS"))
    return sign(hash, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  return sign(hash, bytes, key);
}
