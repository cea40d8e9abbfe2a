import {
  CLOCK_SKEW_SECONDS,
  type Clock,
  type CompactJws,
  type IdentityVerifier,
  Refusal,
  TOKEN_TYPES,
  type VerifiedIdentity,
  numericDate,
  readCompactJws,
  verifySignature,
} from "@watchword/core";
import type { KeySource } from "./key-source.ts";

/** Signature algorithms that an issuer may be configured with; symmetric ones do not exist here. */
export type Algorithm = "RS256" | "PS256" | "ES256" | "Ed25519" | "EdDSA";

/** What one verifier insists on. */
export interface VerifierOptions {
  /** Exactly this `iss`. */
  readonly issuer: string;
  /** Exactly this `aud`, alone. */
  readonly audience: string;
  readonly uses: IdentityVerifier["uses"];
  readonly algorithms: readonly Algorithm[];
  readonly keys: KeySource;
  /** Accepted `typ`; default: none or `JWT`. */
  readonly types?: readonly string[];
  /** Seconds between `iat` and `exp`, at most. */
  readonly maxLifetimeSeconds: number;
  readonly developmentOnly: boolean;
  readonly clock: Clock;
}

const OWN_TYPES: ReadonlySet<string> = new Set([TOKEN_TYPES.run, TOKEN_TYPES.assertion, TOKEN_TYPES.proof]);

/**
 * The one verifier core, whatever the issuer: form, kind, issuer, key, signature, audience, times, subject, in this
 * order. It fetches nothing that a token names.
 */
export function createVerifier(options: VerifierOptions): IdentityVerifier {
  return Object.freeze<IdentityVerifier>({
    issuer: options.issuer,
    uses: options.uses,
    developmentOnly: options.developmentOnly,
    verify: (token: string) => verify(options, token),
  });
}

async function verify(options: VerifierOptions, token: string): Promise<VerifiedIdentity> {
  const jws = readCompactJws(token);
  checkType(options, jws);
  if (jws.claims["iss"] !== options.issuer) throw untrusted("another issuer");
  const key = await options.keys.find(jws.header.kid);
  if (key === undefined) throw untrusted("the issuer has no such key");
  // INVARIANT: the algorithm is the key's own and configured; the header can only agree.
  if (
    !options.algorithms.some((algorithm) => algorithm === key.algorithm) ||
    jws.header.alg !== key.algorithm
  )
    throw untrusted("algorithm is not the key's or not allowed");
  await verifySignature(jws, key.key, [key.algorithm]);
  checkAudience(options, jws.claims["aud"]);
  const expiresAt = checkTimes(options, jws.claims);
  const { sub, auth_time: authTime } = jws.claims;
  if (typeof sub !== "string" || sub === "" || sub.length > 255) throw malformed("sub is not a short string");
  return Object.freeze({
    issuer: options.issuer,
    subject: sub,
    claims: jws.claims,
    expiresAt,
    authenticatedAt: typeof authTime === "number" ? authTime : undefined,
  });
}

function checkType({ types }: VerifierOptions, { header }: CompactJws): void {
  const { typ } = header;
  const accepted =
    types === undefined ? typ === undefined || typ === "JWT" : typ !== undefined && types.includes(typ);
  if (!accepted || (typ !== undefined && OWN_TYPES.has(typ)))
    throw new Refusal("token_wrong_type", { detail: "typ is of another kind of token", failedFact: "token" });
}

function checkAudience({ audience }: VerifierOptions, aud: unknown): void {
  const only: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  if (only !== audience)
    throw new Refusal("token_wrong_audience", {
      detail: "aud is not this broker alone",
      failedFact: "token",
    });
}

function checkTimes({ clock, maxLifetimeSeconds }: VerifierOptions, claims: CompactJws["claims"]): number {
  const now = numericDate(clock);
  const exp = time(claims["exp"]);
  const iat = time(claims["iat"]);
  const nbf = time(claims["nbf"]);
  if (exp === undefined) throw malformed("exp is missing");
  if (exp <= now) throw expired("exp has passed");
  if ((iat ?? 0) > now + CLOCK_SKEW_SECONDS || (nbf ?? 0) > now + CLOCK_SKEW_SECONDS)
    throw expired("not yet valid");
  if (exp - (iat ?? now) > maxLifetimeSeconds) throw expired("lives too long");
  return exp;
}

function time(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number" || value < 0 || value > 99_999_999_999)
    throw malformed("a time is not a NumericDate");
  return value;
}

const malformed = (detail: string): Refusal =>
  new Refusal("token_malformed", { detail, failedFact: "token" });
const expired = (detail: string): Refusal => new Refusal("token_expired", { detail, failedFact: "token" });
const untrusted = (detail: string): Refusal =>
  new Refusal("token_untrusted", { detail, failedFact: "token" });
