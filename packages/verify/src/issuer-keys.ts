import {
  type Clock,
  type Json,
  Refusal,
  type VerificationKey,
  publicJwkOf,
  verificationKey,
} from "@watchword/core";
import { readJson } from "./read-json.ts";

/** Seconds for which a key set is taken as it is: a new key is published for longer before it signs. */
const FRESH_SECONDS = 300;
/** Seconds for which a key set is used while there is no newer one to be had. */
const STALE_SECONDS = 900;
/** Seconds between two attempts: key ids that nobody knows must not become requests. */
const ATTEMPT_SECONDS = 10;

/** What {@link IssuerKeys} needs. */
export interface IssuerKeysOptions {
  /** From configuration, or from the metadata of the configured issuer. */
  readonly url: () => Promise<string>;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
}

/** The keys of one issuer. INVARIANT: a set older than 15 minutes verifies nothing, however long the broker is away. */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: ReadonlyMap<string, VerificationKey> = new Map();
  #readAt = -Infinity;
  #attemptedAt = -Infinity;
  #attempt: Promise<void> = Promise.resolve();

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /**
   * The key with this id; `undefined` when the issuer has none of it.
   *
   * @throws Refusal `broker_unavailable` when its keys cannot be had
   */
  async find(keyId: string | undefined): Promise<VerificationKey | undefined> {
    const known = this.#keys.get(keyId ?? "");
    if (this.#age() > FRESH_SECONDS || known === undefined) await this.#refresh();
    if (this.#age() > STALE_SECONDS)
      throw new Refusal("broker_unavailable", { detail: "the issuer's keys cannot be had" });
    return this.#keys.get(keyId ?? "");
  }

  #age(): number {
    return (this.#options.clock.now() - this.#readAt) / 1_000;
  }

  /** Never rejects: what is at hand stays in force until it is too old. */
  #refresh(): Promise<void> {
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#attemptedAt) < ATTEMPT_SECONDS * 1_000) return this.#attempt;
    this.#attemptedAt = now;
    this.#attempt = this.#read(now).catch(() => undefined);
    return this.#attempt;
  }

  async #read(now: number): Promise<void> {
    const { url, fetch } = this.#options;
    const { keys } = await readJson({ url: await url(), fetch });
    const read = await Promise.all((Array.isArray(keys) ? keys : []).map(importKey));
    const usable = read.filter((key) => key !== undefined);
    // Two keys with one id would be two answers to one question.
    if (usable.length === 0 || new Set(usable.map(({ keyId }) => keyId)).size !== usable.length)
      throw new TypeError("not a set of keys for access tokens");
    this.#keys = new Map(usable.map((key) => [key.keyId, key]));
    this.#readAt = now;
  }
}

/** A key for ES256; `undefined` for one of another kind, which is not for us. @throws TypeError for one that is private */
async function importKey(jwk: Json): Promise<VerificationKey | undefined> {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) return undefined;
  const { kid, kty, crv, alg = "ES256", use = "sig" } = jwk;
  const ours = typeof kid === "string" && kty === "EC" && crv === "P-256" && alg === "ES256" && use === "sig";
  return ours ? verificationKey(kid, publicJwkOf(jwk)) : undefined;
}
