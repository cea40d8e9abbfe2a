import {
  CLOCK_SKEW_SECONDS,
  DENIAL_AGE_SECONDS,
  DenialBatchClaims,
  Refusal,
  TOKEN_TYPES,
  type UsedToken,
  numericDate,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { type VerifiedRun, checkRunning, verifyRun } from "../run-token.ts";
import { type RunKeyCache, runKey } from "../verify-assertion.ts";
import { verifyRunStatement } from "../verify-run-statement.ts";
import type { CountedDenials } from "./counted-denials.ts";
import { localDenialEntry } from "./local-denial-entry.ts";
import { recordAsRefused } from "./record-as-refused.ts";

/** Bytes of a batch, at most: as many as an assertion has. */
const BATCH_BYTES = 65_536;

/**
 * Takes a batch of denials that a runtime made by itself, and records each as what it is: said by the runtime, decided by the
 * runtime. A batch is good once, as an assertion is. Gives how many denials it held.
 *
 * @throws Refusal `token_…`, `run_ended`; counted while the run is not known, recorded afterwards
 */
export async function reportDenials(
  context: BrokerContext,
  keys: RunKeyCache,
  counted: CountedDenials,
  runToken: string,
  batch: string,
): Promise<number> {
  const run = await knownRun(context, runToken);
  let used: UsedToken | undefined;
  try {
    checkRunning(run);
    const { claims, token } = await verifyRunStatement(
      context,
      run,
      await runKey(keys, run.record.publicJwk),
      batch,
      { typ: TOKEN_TYPES.denials, claims: DenialBatchClaims, maxBytes: BATCH_BYTES, name: "the batch" },
    );
    used = token;
    checkDenials(context, claims);
    await spend(context, token);
    used = undefined;
    const admitted = counted.admit(run, claims.denials.length, claims.dropped);
    // One group of writes, whatever their number.
    await Promise.all(
      claims.denials
        .slice(0, admitted)
        .map((denial) => context.store.recordRefusal(localDenialEntry(context, run, denial), undefined)),
    );
    return claims.denials.length;
  } catch (error) {
    throw await recordAsRefused(context, run, error, "denials", used);
  }
}

async function knownRun(context: BrokerContext, runToken: string): Promise<VerifiedRun> {
  try {
    return await verifyRun(context, runToken);
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

/** A denial is about now, and about one call: a batch tells no stories of other times. */
function checkDenials(context: BrokerContext, { denials }: DenialBatchClaims): void {
  const now = numericDate(context.clock);
  const timely = denials.every(({ at }) => at <= now + CLOCK_SKEW_SECONDS && at >= now - DENIAL_AGE_SECONDS);
  if (!timely)
    throw new Refusal("token_expired", { detail: "a denial is of another time", failedFact: "token" });
  if (new Set(denials.map(({ nonce }) => nonce)).size !== denials.length)
    throw new Refusal("token_malformed", { detail: "a denial is there twice", failedFact: "token" });
}

/** INVARIANT: before anything of it is recorded, so that a batch that somebody kept fills nothing. */
async function spend(context: BrokerContext, token: UsedToken): Promise<void> {
  if (await context.store.spendToken(token, numericDate(context.clock))) return;
  throw new Refusal("token_replayed", { detail: "the batch was used before", failedFact: "token" });
}
