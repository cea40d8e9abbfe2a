/** A public RSA key of 2048 bit (RFC 7517, RFC 7518 section 6.3.1), nothing else in it. */
export interface RsaPublicJwk {
  readonly kty: "RSA";
  readonly n: string;
  readonly e: string;
}

/**
 * Signs RS256 (RFC 7518 section 3.3) with a key that it never gives away, for systems of others that take nothing else.
 *
 * INVARIANT: it is no `Signer`, and its public key no `VerificationKey`: nothing of ours signs its own tokens with it or takes one.
 */
export interface RsaSigner {
  readonly algorithm: "RS256";
  readonly keyId: string;
  readonly publicJwk: RsaPublicJwk;
  /** PKCS #1 v1.5 over SHA-256, 256 bytes. */
  sign(input: Uint8Array): Promise<Uint8Array>;
}

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

/**
 * A signer over a private RSA key (JWK) in memory.
 *
 * @throws TypeError when it is no RSA key of 2048 bit with 65537
 */
export async function rsaSignerOf(
  keyId: string,
  privateJwk: Readonly<Record<string, string>>,
): Promise<RsaSigner> {
  const { n, e } = privateJwk;
  const publicJwk = rsaPublicJwkOf({ kty: privateJwk["kty"], n, e });
  const key = await crypto.subtle.importKey("jwk", { ...privateJwk }, RS256, false, ["sign"]);
  return Object.freeze<RsaSigner>({
    algorithm: "RS256",
    keyId,
    publicJwk,
    sign: async (input) => new Uint8Array(await crypto.subtle.sign(RS256, key, new Uint8Array(input))),
  });
}

/**
 * The public part of an RSA JWK.
 *
 * @throws TypeError when it is another kind or size of key or brings a private part.
 */
export function rsaPublicJwkOf(jwk: object): RsaPublicJwk {
  const { kty, n, e } = jwk as Partial<Record<string, unknown>>;
  // 256 bytes, the first bit set: 2048 bit, in the one spelling of base64url.
  if (
    kty !== "RSA" ||
    typeof n !== "string" ||
    !/^[g-z0-9_-][A-Za-z0-9_-]{340}[AQgw]$/.test(n) ||
    e !== "AQAB"
  )
    throw new TypeError("not an RSA public key of 2048 bit");
  if (["d", "p", "q", "dp", "dq", "qi"].some((member) => member in jwk))
    throw new TypeError("a private key where a public key belongs");
  return Object.freeze({ kty, n, e });
}
