import { createHmac, timingSafeEqual } from "node:crypto";
import { Refusal, readCompactJws } from "@watchword/core";

/** Seconds in which the same nonce is handed out. The one before is still taken, so a nonce holds this long at least. */
const WINDOW_SECONDS = 120;
const MIN_KEY_LENGTH = 32;

/** A proof without a current nonce, with the one that the next proof must hold. */
export class NonceNeeded extends Refusal {
  readonly nonce: string;

  constructor(nonce: string) {
    super("proof_nonce_required", { detail: "the proof has no current nonce", failedFact: "token" });
    this.nonce = nonce;
  }
}

/**
 * The nonces of a service (RFC 9449 section 9): keyed hashes of the time, so that every replica with the key knows them and keeps
 * nothing, and nobody without it makes a proof for later.
 *
 * @throws Refusal `configuration_invalid` for a key that could be guessed
 */
export function serviceNonces(key: string, audience: string): (proof: string, now: number) => void {
  if (key.length < MIN_KEY_LENGTH)
    throw new Refusal("configuration_invalid", {
      detail: `nonceKey must have ${MIN_KEY_LENGTH} characters or more, made at random`,
    });
  const at = (window: number): string =>
    createHmac("sha256", key)
      .update(JSON.stringify([audience, window]))
      .digest("base64url");
  return (proof, now) => {
    const window = Math.floor(now / WINDOW_SECONDS);
    const given = readCompactJws(proof, { allowJwk: true }).claims["nonce"];
    if ([window, window - 1].some((candidate) => isEqual(given, at(candidate)))) return;
    throw new NonceNeeded(at(window));
  };
}

function isEqual(given: unknown, expected: string): boolean {
  if (typeof given !== "string") return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
