import { inspect } from "node:util";
import { sha256 } from "./digest.ts";

/**
 * A secret that cannot be printed. It has no enumerable content, no JSON and no inspection text; only `open` gives the
 * text, and its callers are the mint, the injection and the revocation.
 */
export class SealedCredential {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Hands the secret to `use` and nowhere else. */
  open<Result>(use: (secret: string) => Result): Result {
    return use(this.#secret);
  }

  /** The first 16 characters of its SHA-256: names the credential in the ledger without showing it. */
  get fingerprint(): string {
    return sha256(this.#secret).slice(0, 16);
  }

  toJSON(): string {
    return "[sealed]";
  }

  toString(): string {
    return "[sealed]";
  }

  [inspect.custom](): string {
    return "[sealed]";
  }
}

/**
 * Encrypts what a store keeps of a secret. `context` is authenticated with it (tenant, lease, adapter): a sealed value
 * moved to another row does not open.
 */
export interface Sealer {
  seal(secret: SealedCredential, context: string): Promise<Uint8Array>;
  /** @throws Refusal `internal` when the value, the key or the context is not the one it was sealed with. */
  open(sealed: Uint8Array, context: string): Promise<SealedCredential>;
}
