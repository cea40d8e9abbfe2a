import { Refusal, endRunUrl, numericDate, thumbprint, verifyProof } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { recordRefusal } from "./record-refusal.ts";
import { type VerifiedRun, readRunToken } from "./run-token.ts";

/**
 * Ends the run of a token by proof of its key. Idempotent.
 *
 * @throws Refusal `token_…`, `run_ended` (unknown here), `proof_invalid`; recorded while the token is in force, counted
 *   otherwise
 */
export async function endRun(context: BrokerContext, runToken: string, proof: string): Promise<void> {
  let run: VerifiedRun | undefined;
  try {
    run = await readRunToken(context, runToken);
    await checkProof(context, run, runToken, proof);
  } catch (error) {
    throw await recorded(context, run, error);
  }
  const { record } = run;
  await context.store.endRun(record.id, numericDate(context.clock), {
    kind: "run_ended",
    at: context.clock.now(),
    tenant: record.tenant,
    body: { run: record.id, agent: record.agent, outcome: "ended_by_runtime" },
  });
}

async function checkProof(
  context: BrokerContext,
  { record }: VerifiedRun,
  runToken: string,
  proofText: string,
): Promise<void> {
  const proof = await verifyProof(
    proofText,
    { method: "POST", url: endRunUrl(context.issuer), token: runToken },
    numericDate(context.clock),
  );
  if ((await thumbprint(record.publicJwk)) !== proof.thumbprint)
    throw new Refusal("proof_invalid", {
      detail: "the proof was made with another key",
      failedFact: "token",
    });
}

/** A token that is no longer in force vouches for nobody: what is asked with it must not fill the ledger. */
async function recorded(
  context: BrokerContext,
  run: VerifiedRun | undefined,
  error: unknown,
): Promise<Refusal> {
  const refusal = Refusal.from(error, "internal");
  if (run === undefined || run.claims.exp <= numericDate(context.clock)) {
    context.counted.note(refusal);
    return refusal;
  }
  const { id, agent, tenant } = run.record;
  return recordRefusal(context, refusal, {
    kind: "run_ended",
    at: context.clock.now(),
    tenant,
    body: { run: id, agent, outcome: "refused", reason: refusal.reason },
  });
}
