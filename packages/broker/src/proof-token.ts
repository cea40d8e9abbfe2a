import { Refusal, type StartOutcome, type UsedToken, type VerifiedProof } from "@watchword/core";

/** A proof's id, to be spent in the transaction that acts on it. */
export function proofToken(proof: VerifiedProof): UsedToken {
  return { issuer: `proof:${proof.thumbprint}`, jti: proof.jti, expiresAt: proof.expiresAt };
}

/** Passes when the store started or renewed the run. @throws Refusal with what was in the way */
export function requireStarted(outcome: StartOutcome, replayed: string): void {
  switch (outcome) {
    case "started":
      return;
    case "token_replayed":
      throw new Refusal(outcome, { detail: replayed, failedFact: "token" });
    case "run_ended":
      throw new Refusal(outcome, {
        detail: "the run, or one it descends from, has ended",
        failedFact: "run",
      });
    case "frozen":
      throw new Refusal(outcome, { detail: "an operator has frozen its tenant or agent", failedFact: "run" });
  }
}
