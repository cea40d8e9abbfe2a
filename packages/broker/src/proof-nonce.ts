import { timingSafeEqual } from "node:crypto";
import { Refusal, numericDate, readCompactJws } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** Seconds in which the same nonce is handed out. The one before is still taken, so a nonce holds this long at least. */
const WINDOW_SECONDS = 120;

/**
 * The nonce that proofs must hold now: a keyed hash of the time, so that every replica knows it and keeps nothing, and
 * nobody without the key can make a proof for later.
 */
export function currentNonce(context: BrokerContext): string {
  return context.keys.nonce(textOf(context, windowOf(context)));
}

/**
 * Refuses a proof without a current nonce (RFC 9449 section 8), before anything else of the request is looked at. It reads
 * the proof only; what is no proof is refused where proofs are verified.
 *
 * @throws Refusal `proof_nonce_required`
 */
export function requireNonce(context: BrokerContext, proof: unknown): void {
  if (context.proofNonce === "off") return;
  let nonce: unknown;
  try {
    // INVARIANT: the exchange verifies this very text by the same gate, so what passes there was looked at here.
    nonce = readCompactJws(proof, { allowJwk: true }).claims["nonce"];
  } catch {
    return;
  }
  const window = windowOf(context);
  const taken = [window, window - 1].flatMap((candidate) => context.keys.nonces(textOf(context, candidate)));
  if (taken.some((candidate) => equal(nonce, candidate))) return;
  throw new Refusal("proof_nonce_required", {
    detail: nonce === undefined ? "the proof has no nonce" : "the proof's nonce is not a current one",
    failedFact: "token",
  });
}

function windowOf({ clock }: BrokerContext): number {
  return Math.floor(numericDate(clock) / WINDOW_SECONDS);
}

function textOf({ issuer }: BrokerContext, window: number): string {
  return JSON.stringify([issuer, window]);
}

function equal(given: unknown, expected: string): boolean {
  if (typeof given !== "string") return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
