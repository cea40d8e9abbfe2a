import { sha256, randomToken } from "./digest.ts";
import { Refusal } from "./refusal.ts";
import { TOKEN_TYPES } from "./standard-names.ts";
import {
  type PublicJwk,
  type Signer,
  type VerificationKey,
  publicJwkOf,
  thumbprint,
  verificationKey,
} from "./signer.ts";
import { signToken, verifySignedToken } from "./signed-token.ts";
import { CLOCK_SKEW_SECONDS, ProofClaims, parseClaims } from "./token-claims.ts";

/** Seconds after `iat` in which a proof is accepted; its `jti` is remembered at least as long. */
export const PROOF_SECONDS = 60;

/** What a proof is about (RFC 9449 section 4.2). */
export interface ProofTarget {
  readonly method: string;
  /** Without query and fragment; from configuration on the checking side, never from a Host header. */
  readonly url: string;
  /** The token or handle presented with the proof; its digest goes into `ath`. */
  readonly token?: string;
}

/** What a new proof says. */
export interface ProofContents extends ProofTarget {
  /** What the checking side wants in it (RFC 9449 section 8). */
  readonly nonce?: string;
}

/** Makes a DPoP proof with a run key. */
export function signProof(signer: Signer, target: ProofContents, now: number): Promise<string> {
  const claims = {
    jti: randomToken(16),
    htm: target.method,
    htu: target.url,
    iat: now,
    ...(target.token === undefined ? {} : { ath: sha256(target.token) }),
    ...(target.nonce === undefined ? {} : { nonce: target.nonce }),
  };
  return signToken(signer, TOKEN_TYPES.proof, claims, { jwk: signer.publicJwk });
}

/** A proof that holds: which key made it, and the id to claim so that it holds once. */
export interface VerifiedProof {
  readonly thumbprint: string;
  readonly publicJwk: PublicJwk;
  readonly jti: string;
  /** NumericDate until which the `jti` must be remembered. */
  readonly expiresAt: number;
}

/**
 * Checks a DPoP proof for exactly this target: the checks of RFC 9449 section 4.3, except the single use of `jti`,
 * which belongs into the transaction that acts on it.
 *
 * @throws Refusal `proof_invalid`
 */
export async function verifyProof(proof: unknown, target: ProofTarget, now: number): Promise<VerifiedProof> {
  try {
    return await check(proof, target, now);
  } catch (error) {
    if (Refusal.is(error)) throw new Refusal("proof_invalid", { detail: error.message, failedFact: "token" });
    throw error;
  }
}

async function check(proof: unknown, target: ProofTarget, now: number): Promise<VerifiedProof> {
  let shown: ShownKey | undefined;
  const raw = await verifySignedToken(proof, {
    typ: TOKEN_TYPES.proof,
    allowJwk: true,
    key: async (jws) => {
      shown = await keyOf(jws.header.jwk);
      return shown?.key;
    },
  });
  const claims = parseClaims(ProofClaims, raw);
  if (claims.htm !== target.method) throw invalid("htm is another method");
  if (claims.htu !== target.url) throw invalid("htu is another target");
  if (claims.iat > now + CLOCK_SKEW_SECONDS || claims.iat < now - PROOF_SECONDS)
    throw invalid("iat is out of the window");
  if (claims.ath !== (target.token === undefined ? undefined : sha256(target.token)))
    throw invalid("ath is of another token");
  if (shown === undefined) throw invalid("no key");
  return {
    thumbprint: shown.thumbprint,
    publicJwk: shown.key.publicJwk,
    jti: claims.jti,
    expiresAt: claims.iat + PROOF_SECONDS + CLOCK_SKEW_SECONDS,
  };
}

/** A proof's own key. */
interface ShownKey {
  readonly key: VerificationKey;
  readonly thumbprint: string;
}

/**
 * Keys that proofs showed, by what they are: a run makes all its proofs with one, and to import it costs as much as to check with it.
 * INVARIANT: only the import is kept. Whether a proof is made with it, and whose it is, is looked at every time.
 */
const SHOWN = new Map<string, ShownKey>();
const MAX_SHOWN = 1_000;

/** A point off the curve has the form of a key and is none: refused, not an error of ours. */
async function keyOf(jwk: object | undefined): Promise<ShownKey | undefined> {
  try {
    const publicJwk = publicJwkOf(jwk ?? {});
    const name = `${publicJwk.x}.${publicJwk.y}`;
    const known = SHOWN.get(name);
    if (known !== undefined) return known;
    const shown = {
      key: await verificationKey("proof", publicJwk),
      thumbprint: await thumbprint(publicJwk),
    };
    if (SHOWN.size >= MAX_SHOWN) SHOWN.clear();
    SHOWN.set(name, shown);
    return shown;
  } catch {
    return undefined;
  }
}

function invalid(detail: string): Refusal {
  return new Refusal("proof_invalid", { detail, failedFact: "token" });
}
