import type { webcrypto } from "node:crypto";
import { type CryptoKey, importJWK } from "jose";
import type { Algorithm } from "./verifier.ts";

/** A public key of an issuer, imported once, with the one algorithm that it is for. */
export interface IssuerKey {
  readonly keyId: string | undefined;
  readonly algorithm: Algorithm;
  readonly key: CryptoKey;
}

/** Where an issuer's keys come from. */
export interface KeySource {
  /** The key of this id; without an id only if there is exactly one key. */
  find(keyId: string | undefined): Promise<IssuerKey | undefined>;
}

type Jwk = Readonly<Record<string, unknown>>;

/**
 * Keys that are configured. One key that is not in order refuses the whole set: symmetric or private keys, RSA under
 * 2,048 bits or with a small exponent, keys for encryption, two with one id.
 *
 * @throws TypeError saying which key and why
 */
export async function staticKeys(jwks: { readonly keys: readonly object[] }): Promise<KeySource> {
  const keys = await importKeys(jwks.keys);
  return Object.freeze({ find: async (keyId: string | undefined) => pick(keys, keyId) });
}

/** @throws TypeError */
async function importKeys(jwks: readonly object[]): Promise<readonly IssuerKey[]> {
  if (jwks.length === 0) throw new TypeError("jwks: no keys");
  const keys = await Promise.all(jwks.map((jwk, index) => importKey(jwk as Jwk, index)));
  const ids = keys.map((key) => key.keyId);
  if (new Set(ids).size !== ids.length) throw new TypeError("jwks: two keys with one kid");
  return keys;
}

function pick(keys: readonly IssuerKey[], keyId: string | undefined): IssuerKey | undefined {
  if (keyId === undefined) return keys.length === 1 ? keys[0] : undefined;
  return keys.find((key) => key.keyId === keyId);
}

async function importKey(jwk: Jwk, index: number): Promise<IssuerKey> {
  const wrong = (why: string): TypeError => new TypeError(`jwks: key ${index}: ${why}`);
  if ("d" in jwk || "k" in jwk || jwk["kty"] === "oct") throw wrong("not a public key");
  if (jwk["use"] !== undefined && jwk["use"] !== "sig") throw wrong("not for signatures");
  if (Array.isArray(jwk["key_ops"]) && !jwk["key_ops"].includes("verify"))
    throw wrong("key_ops without verify");
  const algorithm = algorithmOf(jwk);
  if (algorithm === undefined) throw wrong("its kind or alg is not supported");
  const { kid } = jwk;
  if (kid !== undefined && typeof kid !== "string") throw wrong("kid is not a string");
  const key = await importJWK({ ...jwk, alg: algorithm }, algorithm).catch(() => {
    throw wrong("cannot be imported");
  });
  if (key instanceof Uint8Array) throw wrong("not a public key");
  if (jwk["kty"] === "RSA" && !isStrongRsa(key))
    throw wrong("RSA needs 2,048 bits and an exponent of 65,537 or more");
  return { keyId: kid, algorithm, key };
}

/** From the key's own `alg`, or from its kind; never from a token's header (CVE-2026-22817). */
function algorithmOf(jwk: Jwk): Algorithm | undefined {
  const byKind =
    jwk["kty"] === "RSA"
      ? "RS256"
      : jwk["crv"] === "P-256"
        ? "ES256"
        : jwk["crv"] === "Ed25519"
          ? "Ed25519"
          : undefined;
  const { alg } = jwk;
  if (alg === undefined || alg === byKind) return byKind;
  if (alg === "PS256" && byKind === "RS256") return "PS256";
  return alg === "EdDSA" && byKind === "Ed25519" ? "EdDSA" : undefined;
}

/** Of the imported key: its JWK could hide a short modulus behind leading zeros. */
function isStrongRsa(key: CryptoKey): boolean {
  const { modulusLength, publicExponent } = key.algorithm as webcrypto.RsaKeyAlgorithm;
  const exponent = BigInt(`0x0${Buffer.from(publicExponent).toString("hex")}`);
  return modulusLength >= 2_048 && exponent >= 65_537n && exponent < 2n ** 48n;
}
