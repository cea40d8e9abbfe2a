import { createHash } from "node:crypto";
import { verifyJwt } from "./verify-jwt.ts";
import type { TwinJwk } from "./twin-options.ts";

const PROOF_SECONDS = 60;

/** What a proof must be about. */
export interface ProofPlace {
  readonly method: string;
  readonly url: string;
  /** The token that it goes with; left out at the token endpoint. */
  readonly token?: string;
  /** The nonce that it must hold, if any. */
  readonly nonce?: string;
}

/** What became of a proof: the thumbprint of its key, that only the nonce is missing, or that it is none. */
export type ProofReading = { readonly thumbprint: string } | "nonce" | "invalid";

/** Reads proofs (RFC 9449 section 4.3); remembers each `jti`, so that none counts twice. */
export class ProofReader {
  readonly #seen = new Set<string>();

  read(proof: string, place: ProofPlace, nowSeconds: number): ProofReading {
    const jwk = keyIn(proof);
    const jws = jwk === undefined ? undefined : verifyJwt(proof, [jwk]);
    if (jwk === undefined || jws === undefined || jws.header.typ !== "dpop+jwt") return "invalid";
    const { jti, htm, htu, iat, ath, nonce } = jws.claims;
    if (typeof jti !== "string" || htm !== place.method || htu !== place.url) return "invalid";
    if (typeof iat !== "number" || Math.abs(iat - nowSeconds) > PROOF_SECONDS) return "invalid";
    const wanted = place.token === undefined ? undefined : hash(place.token);
    if (ath !== wanted) return "invalid";
    if (place.nonce !== undefined && nonce !== place.nonce) return "nonce";
    if (this.#seen.has(jti)) return "invalid";
    this.#seen.add(jti);
    return { thumbprint: thumbprintOf(jwk) };
  }
}

function keyIn(proof: string): TwinJwk | undefined {
  try {
    const header = JSON.parse(Buffer.from(proof.split(".")[0] ?? "", "base64url").toString()) as {
      readonly jwk?: TwinJwk & { readonly d?: unknown };
    };
    return header.jwk?.d === undefined ? header.jwk : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 7638 of a P-256 key. */
function thumbprintOf({ crv, kty, x, y }: TwinJwk): string {
  return hash(JSON.stringify({ crv, kty, x, y }));
}

const hash = (text: string): string => createHash("sha256").update(text).digest("base64url");
