import { Refusal, numericDate, thumbprint, verifyProof } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { currentNonce, requireNonce } from "./proof-nonce.ts";
import { type VerifiedRun, verifyRun } from "./run-token.ts";

/** A run token with a proof of its key, made for one question. */
export interface RunProof {
  readonly token: string;
  readonly proof: string | undefined;
}

/** The next proof must hold this nonce (RFC 9449 section 9). */
export class NonceRequired extends Refusal {
  readonly nonce: string;

  constructor(nonce: string) {
    super("proof_nonce_required", { failedFact: "token" });
    this.nonce = nonce;
  }
}

/** What a proof must have been made for. */
export interface ProofUse {
  readonly method: "GET" | "POST";
  readonly url: string;
}

/**
 * The run that asks, by its token and a proof of its key for exactly this question. Whether it goes on is the caller's next step.
 *
 * @throws Refusal `token_…`, `proof_invalid`, {@link NonceRequired}; counted
 */
export async function provenRun(
  context: BrokerContext,
  { token, proof }: RunProof,
  { method, url }: ProofUse,
): Promise<VerifiedRun> {
  try {
    challenge(context, proof);
    const run = await verifyRun(context, token);
    const verified = await verifyProof(proof, { method, url, token }, numericDate(context.clock));
    if ((await thumbprint(run.record.publicJwk)) !== verified.thumbprint)
      throw new Refusal("proof_invalid", {
        detail: "the proof was made with another key",
        failedFact: "token",
      });
    return run;
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

function challenge(context: BrokerContext, proof: string | undefined): void {
  try {
    requireNonce(context, proof);
  } catch (error) {
    if (Refusal.is(error) && error.reason === "proof_nonce_required")
      throw new NonceRequired(currentNonce(context));
    throw error;
  }
}

/** Asks once more when the broker wants its nonce in the proof; for callers in the same process. */
export async function askProven<Result>(
  runToken: string,
  dpop: (nonce?: string) => Promise<string>,
  ask: (caller: RunProof) => Promise<Result>,
): Promise<Result> {
  try {
    return await ask({ token: runToken, proof: await dpop() });
  } catch (error) {
    if (!(error instanceof NonceRequired)) throw error;
    return ask({ token: runToken, proof: await dpop(error.nonce) });
  }
}
