import { CompactEncrypt, type CryptoKey, compactDecrypt } from "jose";
import { Refusal } from "./refusal.ts";
import { SealedCredential } from "./sealed-credential.ts";
import { type PublicJwk, publicJwkOf } from "./signer.ts";

const EC = { name: "ECDH", namedCurve: "P-256" } as const;

/** A key that credentials are encrypted to, in the process that may use them; its private half cannot be exported. */
export interface EnvelopeKey {
  readonly publicJwk: PublicJwk;
  readonly privateKey: CryptoKey;
}

/** A fresh envelope key, for the life of a process. */
export async function generateEnvelopeKey(): Promise<EnvelopeKey> {
  const pair = await crypto.subtle.generateKey(EC, false, ["deriveBits"]);
  return {
    publicJwk: publicJwkOf(await crypto.subtle.exportKey("jwk", pair.publicKey)),
    privateKey: pair.privateKey,
  };
}

/** An envelope key from a private P-256 JWK, such as a gateway's file holds. @throws TypeError for another kind of key */
export async function envelopeKeyOf(jwk: { readonly [member: string]: unknown }): Promise<EnvelopeKey> {
  const { d, ...rest } = jwk;
  const publicJwk = publicJwkOf({ kty: rest["kty"], crv: rest["crv"], x: rest["x"], y: rest["y"] });
  if (typeof d !== "string") throw new TypeError("a public key where a private key belongs");
  const privateKey = await crypto.subtle.importKey("jwk", { ...publicJwk, d }, EC, false, ["deriveBits"]);
  return { publicJwk, privateKey };
}

/**
 * Encrypts a credential to one key (ECDH-ES, A256GCM; RFC 7516, RFC 7518 section 4.6): whatever ends TLS on the way sees
 * nothing. `context` is authenticated with it, so that an envelope for one lease is none for another.
 */
export async function encloseCredential(
  credential: SealedCredential,
  recipient: PublicJwk,
  context: string,
): Promise<string> {
  const key = await crypto.subtle.importKey("jwk", { ...recipient }, EC, false, []);
  return credential.open((secret) =>
    new CompactEncrypt(new TextEncoder().encode(secret))
      .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", apv: apv(context) })
      .encrypt(key),
  );
}

/** Opens what {@link encloseCredential} made. @throws Refusal `internal` for another key or context */
export async function discloseCredential(
  envelope: string,
  key: EnvelopeKey,
  context: string,
): Promise<SealedCredential> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(envelope, key.privateKey, {
      keyManagementAlgorithms: ["ECDH-ES"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    if (protectedHeader["apv"] !== apv(context)) throw new TypeError("another context");
    return new SealedCredential(new TextDecoder("utf-8", { fatal: true }).decode(plaintext));
  } catch {
    // The cause may quote what was in it.
    throw new Refusal("internal", {
      detail: "a credential's envelope does not open",
      failedFact: "credential",
    });
  }
}

const apv = (context: string): string => Buffer.from(context).toString("base64url");
