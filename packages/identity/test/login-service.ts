import { type KeyObject, constants, generateKeyPairSync, sign } from "node:crypto";
import { inspect } from "node:util";
import { type Clock, type IdentityVerifier, type Reason, Refusal } from "@watchword/core";
import { expect } from "vitest";

export const LOGIN = "https://login.test.example";
export const BROKER = "https://broker.test.example";

/** Planted in every token; no refusal may say it. */
export const CANARY = "dana_canary_5b1e90c7_must_never_be_said";

/** NumericDate at which the clock of these tests stands. */
export const NOW = 1_800_000_000;
export const clock: Clock = { now: () => NOW * 1_000 };

/** A key pair of a login service. */
export interface LoginKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** What the service would publish. */
  readonly jwk: object;
}

export function loginKey(alg: string, kid: string): LoginKey {
  const { privateKey, publicKey } = keyPair(alg);
  return {
    alg,
    kid,
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" },
  };
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

/** What to change about an honest token. `undefined` leaves a member out. */
export interface TokenParts {
  readonly header?: object;
  readonly claims?: object;
  /** The text or bytes of the claims, where an object cannot say it. */
  readonly claimsText?: string | Uint8Array;
  readonly headerText?: string;
  readonly signature?: (input: string) => Uint8Array;
}

/** Ten honest minutes of Dana. */
export const honestClaims = {
  iss: LOGIN,
  sub: CANARY,
  aud: BROKER,
  iat: NOW,
  exp: NOW + 600,
  org_id: "acme",
};

/** A token signed by `key`. */
export function tokenOf(key: LoginKey, parts: TokenParts = {}): string {
  const header = parts.headerText ?? { alg: key.alg, typ: "JWT", kid: key.kid, ...parts.header };
  const claims = parts.claimsText ?? { ...honestClaims, ...parts.claims };
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = parts.signature?.(input) ?? signatureOf(key.alg, key.privateKey, input);
  return `${input}.${encode(signature)}`;
}

export function encode(part: object | string | Uint8Array): string {
  const bytes = typeof part === "string" || part instanceof Uint8Array ? part : JSON.stringify(part);
  return Buffer.from(bytes).toString("base64url");
}

/** Refused for this reason, with nothing of the token in anything that the error says. */
export async function expectRefusal(
  verifier: IdentityVerifier,
  token: string,
  reason: Reason,
): Promise<void> {
  const outcome: unknown = await verifier.verify(token).catch((error: unknown) => error);
  expect(Refusal.is(outcome) ? outcome.reason : outcome).toBe(reason);
  const said = inspect(outcome, { depth: 10, showHidden: true }) + JSON.stringify(outcome);
  expect(said).not.toContain(CANARY);
  for (const part of token.split(/[^A-Za-z0-9_-]/).slice(0, 10))
    if (part.length > 16) expect(said).not.toContain(part);
}
