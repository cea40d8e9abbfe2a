import { type KeyObject, createPublicKey, randomUUID } from "node:crypto";
import type { CryptoKey } from "jose";
import { sha256 } from "./digest.ts";

/** A public EC P-256 key (RFC 7517), nothing else in it. */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

/**
 * Signs with a key that it never gives away. A key in a file, in memory or in a KMS fits alike; ES256 (RFC 7518
 * section 3.4) is the only algorithm of our own tokens.
 */
export interface Signer {
  readonly keyId: string;
  readonly publicJwk: PublicJwk;
  /** Raw `r || s`, 64 bytes. */
  sign(input: Uint8Array): Promise<Uint8Array>;
}

/** A key that checks our own signatures, imported once. */
export interface VerificationKey {
  readonly keyId: string;
  readonly key: CryptoKey;
  /** The same key for checks at once: a hop to another thread costs as much as half of the check. */
  readonly keyObject: KeyObject;
  /** The same key as it may be published. */
  readonly publicJwk: PublicJwk;
}

const EC = { name: "ECDSA", namedCurve: "P-256" } as const;
const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;

/** A fresh key pair whose private half cannot be exported: run keys, and throw-away keys of tests. */
export async function generateSigner(keyId: string = randomUUID()): Promise<Signer> {
  const pair = await crypto.subtle.generateKey(EC, false, ["sign", "verify"]);
  return signerOf(keyId, pair.privateKey, publicJwkOf(await crypto.subtle.exportKey("jwk", pair.publicKey)));
}

/** A signer over a private key in memory. */
export function signerOf(keyId: string, privateKey: CryptoKey, publicJwk: PublicJwk): Signer {
  return Object.freeze({
    keyId,
    publicJwk,
    sign: async (input: Uint8Array) =>
      new Uint8Array(await crypto.subtle.sign(ES256, privateKey, new Uint8Array(input))),
  });
}

/** Imports a public key for verifying; do it once per key, not per token. */
export async function verificationKey(keyId: string, jwk: PublicJwk): Promise<VerificationKey> {
  const publicJwk = publicJwkOf(jwk);
  const keyObject = createPublicKey({ key: { ...publicJwk }, format: "jwk" });
  return { keyId, key: keyObject.toCryptoKey(EC, false, ["verify"]), keyObject, publicJwk };
}

/** RFC 7638 SHA-256 thumbprint: the name of a key in `cnf.jkt`. */
export async function thumbprint({ kty, crv, x, y }: PublicJwk): Promise<string> {
  // The required members in the order of their names, without white space (RFC 7638 section 3).
  return sha256(JSON.stringify({ crv, kty, x, y }));
}

/**
 * The public part of a P-256 JWK.
 *
 * @throws TypeError when it is another kind of key or brings a private part.
 */
export function publicJwkOf(jwk: object): PublicJwk {
  const { kty, crv, x, y } = jwk as Partial<Record<string, unknown>>;
  if (kty !== "EC" || crv !== "P-256" || !isCoordinate(x) || !isCoordinate(y))
    throw new TypeError("not a P-256 public key");
  if ("d" in jwk) throw new TypeError("a private key where a public key belongs");
  return Object.freeze({ kty, crv, x, y });
}

/** 32 bytes as canonical base64url: a second spelling of one key would have a second thumbprint. */
function isCoordinate(text: unknown): text is string {
  return typeof text === "string" && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text);
}
