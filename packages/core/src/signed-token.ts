import { type KeyObject, verify } from "node:crypto";
import { type CryptoKey, compactVerify } from "jose";
import { type CompactJws, type CompactJwsRules, readCompactJws } from "./compact-jws.ts";
import { Refusal } from "./refusal.ts";
import type { Json } from "./strict-json.ts";
import type { RsaSigner } from "./rsa-signer.ts";
import type { PublicJwk, Signer, VerificationKey } from "./signer.ts";

/** What the header of a token that we make may say besides `alg`, `typ` and `kid`. */
export interface SignOptions {
  /** The proof's own public key (RFC 9449 section 4.2). */
  readonly jwk?: PublicJwk;
}

/** Signs a compact JWS: ES256, or RS256 where the signer is of that kind, which no check of ours takes. */
export async function signToken(
  signer: Signer | RsaSigner,
  typ: string,
  claims: object,
  options: SignOptions = {},
): Promise<string> {
  const alg = "algorithm" in signer ? signer.algorithm : "ES256";
  const header = options.jwk === undefined ? { alg, typ, kid: signer.keyId } : { alg, typ, jwk: options.jwk };
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = await signer.sign(new TextEncoder().encode(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

/** Finds the key for a token; `undefined` when there is none, which refuses the token. */
export type KeyLookup = (
  jws: CompactJws,
) => VerificationKey | undefined | Promise<VerificationKey | undefined>;

/** What {@link verifySignedToken} insists on. */
export interface SignedTokenRules extends CompactJwsRules {
  /** The exact `typ`; a token of another kind is refused even when its signature is good. */
  readonly typ: string;
  readonly key: KeyLookup;
}

/**
 * Checks form, kind and signature (ES256) of one of our own tokens and gives its claims. The key is found by the caller
 * from what it already knows; nothing in the token chooses it. Times, audience and issuer are the caller's next step.
 *
 * @throws Refusal `token_malformed`, `token_wrong_type` or `token_untrusted`
 */
export async function verifySignedToken(
  token: unknown,
  rules: SignedTokenRules,
): Promise<{ readonly [name: string]: Json }> {
  const jws = readCompactJws(token, rules);
  await checkSignedToken(jws, rules);
  return jws.claims;
}

/**
 * Checks kind and signature of one of our own tokens whose form was checked before, by {@link readCompactJws} with the same rules.
 *
 * @throws Refusal `token_wrong_type` or `token_untrusted`
 */
export async function checkSignedToken(jws: CompactJws, rules: SignedTokenRules): Promise<void> {
  if (jws.header.typ !== rules.typ)
    throw new Refusal("token_wrong_type", { detail: `expected ${rules.typ}`, failedFact: "token" });
  if (jws.header.alg !== "ES256") throw untrusted("algorithm is not ES256");
  const found = await rules.key(jws);
  if (found === undefined) throw untrusted("no such key");
  if (!isSigned(jws.token, found.keyObject)) throw untrusted("signature does not verify");
}

/** Bytes of an ES256 signature, `r || s` (RFC 7518 section 3.4). */
const SIGNATURE_BYTES = 64;

/**
 * The cryptographic check alone, for ES256, in the calling thread. INVARIANT: nothing of the token chooses how it is checked:
 * key, curve and hash are the caller's, and a signature in another encoding is none.
 */
function isSigned(token: string, key: KeyObject): boolean {
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  if (signature.byteLength !== SIGNATURE_BYTES) return false;
  try {
    return verify("sha256", Buffer.from(token.slice(0, end)), key, derOf(signature));
  } catch {
    return false;
  }
}

/**
 * The two numbers as ECDSA-Sig-Value (RFC 3279 section 2.2.3). `verify` takes them as they are, too, but then looks for the key
 * in a way that costs a third of the check.
 */
function derOf(signature: Buffer): Buffer {
  const half = SIGNATURE_BYTES / 2;
  const numbers = [...integerOf(signature.subarray(0, half)), ...integerOf(signature.subarray(half))];
  return Buffer.from([0x30, numbers.length, ...numbers]);
}

/** An unsigned number as INTEGER: as short as can be, and never with its first bit set, which would make it negative. */
function integerOf(bytes: Buffer): number[] {
  let start = 0;
  while (start < bytes.byteLength - 1 && bytes[start] === 0) start += 1;
  const digits = [...((bytes[start] ?? 0) >= 0x80 ? [0] : []), ...bytes.subarray(start)];
  return [0x02, digits.length, ...digits];
}

/**
 * The cryptographic check alone, for the algorithms of others, by jose. The algorithm list comes from configuration, never from the token.
 *
 * @throws Refusal `token_untrusted`
 */
export async function verifySignature(
  jws: CompactJws,
  key: CryptoKey,
  algorithms: readonly string[],
): Promise<void> {
  try {
    await compactVerify(jws.token, key, { algorithms: [...algorithms] });
  } catch {
    throw untrusted("signature does not verify");
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function untrusted(detail: string): Refusal {
  return new Refusal("token_untrusted", { detail, failedFact: "token" });
}
