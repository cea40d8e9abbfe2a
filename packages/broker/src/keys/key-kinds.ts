import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { type FederationAlgorithm } from "./federation-keys.ts";
import type { KeyJwk } from "./key-ring.ts";

/** The kinds of keys that rotate. The pseudonym key does not: a new one would make everybody somebody else in traces. */
export type KeyKind = "runs" | "access" | "federation" | "ledger" | "sealing" | "nonce";

/** How keys of a kind are kept, made and retired. */
export interface KeyKindRules {
  readonly file: string;
  /**
   * Seconds for which a key is accepted after the next one took over: the longest life of what it made, and a minute for
   * clocks. `null`: for as long as its file holds it, because what it made has no end.
   */
  readonly overlapSeconds: number | null;
  /** The algorithm is of federation keys alone; no other kind has a choice. */
  readonly create: (algorithm?: FederationAlgorithm) => KeyJwk;
}

/** The rules of every kind. */
export const KEY_KINDS: Readonly<Record<KeyKind, KeyKindRules>> = Object.freeze({
  // A run token lives 600 seconds.
  runs: { file: "runs.jwk", overlapSeconds: 660, create: createEs256 },
  // An access token lives 300 seconds.
  access: { file: "access.jwk", overlapSeconds: 360, create: createEs256 },
  // A federation token lives 60 seconds; relying systems allow minutes for clocks.
  federation: { file: "federation.jwk", overlapSeconds: 360, create: createFederation },
  // A checkpoint proves something for as long as the ledger is kept.
  ledger: { file: "checkpoint.jwk", overlapSeconds: null, create: createEd25519 },
  // A stored secret stays sealed until it is sealed anew.
  sealing: { file: "sealing.key", overlapSeconds: null, create: createSecret },
  // A nonce is taken for two windows of 120 seconds.
  nonce: { file: "nonce.key", overlapSeconds: 300, create: createSecret },
});

function createEs256(): KeyJwk {
  const { kty, crv, x, y, d } = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    format: "jwk",
  }) as Record<"kty" | "crv" | "x" | "y" | "d", string>;
  return { kty, crv, x, y, d, kid: randomUUID() };
}

function createFederation(algorithm: FederationAlgorithm = "ES256"): KeyJwk {
  if (algorithm === "ES256") return createEs256();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...(privateKey.export({ format: "jwk" }) as KeyJwk), kid: randomUUID() };
}

function createEd25519(): KeyJwk {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as KeyJwk;
}

function createSecret(): KeyJwk {
  return { kty: "oct", k: randomBytes(32).toString("base64url") };
}
