import { type KeyObject, createPublicKey, sign, verify } from "node:crypto";

/** A public Ed25519 key (RFC 8037), nothing else in it. */
export interface NotePublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
}

/** Signs notes with an Ed25519 key (RFC 8032) that it never gives away. */
export interface NoteSigner {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly publicJwk: NotePublicJwk;
  /** 64 bytes. */
  sign(text: Uint8Array): Promise<Uint8Array>;
}

/** Checks signatures of one Ed25519 key. */
export interface NoteKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  verify(text: Uint8Array, signature: Uint8Array): boolean;
}

/** A signer over a private key in memory. */
export function noteSigner(privateKey: KeyObject): NoteSigner {
  const publicJwk = notePublicJwk(createPublicKey(privateKey).export({ format: "jwk" }));
  return Object.freeze<NoteSigner>({
    publicJwk,
    publicKey: Buffer.from(publicJwk.x, "base64url"),
    sign: async (text) => sign(null, text, privateKey),
  });
}

/**
 * A key that checks notes.
 *
 * @throws TypeError when it is another kind of key or brings a private part
 */
export function noteKey(jwk: object): NoteKey {
  const publicJwk = notePublicJwk(jwk);
  const key = createPublicKey({ format: "jwk", key: { ...publicJwk } });
  return Object.freeze<NoteKey>({
    publicKey: Buffer.from(publicJwk.x, "base64url"),
    verify: (text, signature) => signature.length === 64 && verify(null, text, key, signature),
  });
}

/** @throws TypeError when it is no Ed25519 public key */
function notePublicJwk(jwk: object): NotePublicJwk {
  const { kty, crv, x } = jwk as Partial<Record<string, unknown>>;
  if (kty !== "OKP" || crv !== "Ed25519" || typeof x !== "string" || !KEY.test(x))
    throw new TypeError("not an Ed25519 public key");
  if ("d" in jwk) throw new TypeError("a private key where a public key belongs");
  return Object.freeze({ kty, crv, x });
}

/** 32 bytes as canonical base64url. */
const KEY = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
