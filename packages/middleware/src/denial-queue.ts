import {
  ASSERTION_SECONDS,
  DENIAL_AGE_SECONDS,
  type DenialBatchClaims,
  MAX_DENIALS,
  type PolicyProjections,
  Refusal,
  type ReportedDenial,
  TOKEN_TYPES,
  agentUri,
  isRetryable,
  numericDate,
  randomToken,
  runUri,
  sha256,
  signToken,
} from "@watchword/core";
import type { AskingRun } from "./projection-keeper.ts";

/** Denials that wait, at most; those beyond are counted. */
const MAX_WAITING = 512;

/** Bytes of a batch that a broker takes. */
const BATCH_BYTES = 65_536;

/**
 * Denials of one run on their way to the broker's ledger, in signed batches. Bounded: a model that tries for ever fills nothing. A
 * batch that does not get there is tried again with the next; nothing here fails a tool, and nothing here allows one.
 */
export class DenialQueue {
  readonly #run: AskingRun;
  readonly #sink: PolicyProjections;
  readonly #onFailure: (error: unknown) => void;
  #waiting: ReportedDenial[] = [];
  #dropped = 0;
  #sending: Promise<void> | undefined;
  /** Whether the last batch did not get there: then the next heartbeat tries again, not the next denial. */
  #failed = false;

  constructor(run: AskingRun, sink: PolicyProjections, onFailure: (error: unknown) => void) {
    this.#run = run;
    this.#sink = sink;
    this.#onFailure = onFailure;
  }

  /** Takes a denial; a full batch is on its way at once. */
  add(denial: ReportedDenial): void {
    if (this.#waiting.length >= MAX_WAITING) this.#dropped += 1;
    else this.#waiting.push(denial);
    if (this.#waiting.length >= MAX_DENIALS && !this.#failed) void this.flush();
  }

  /** Sends what waits; one batch after the other. Never rejects. */
  flush(): Promise<void> {
    this.#sending ??= this.#send()
      .catch((error: unknown) => {
        this.#failed = true;
        this.#onFailure(error);
      })
      .finally(() => (this.#sending = undefined));
    return this.#sending;
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0 || this.#dropped > 0) {
      this.#dropOld();
      const dropped = Math.min(this.#dropped, 1_000_000);
      const { batch, count } = await this.#nextBatch(dropped);
      try {
        await this.#sink.report(batch.runToken, batch.token);
      } catch (error) {
        // Refused for good it would be refused again; it is said as a number with the next one.
        if (Refusal.is(error) && !isRetryable(error.reason)) {
          this.#waiting.splice(0, count);
          this.#dropped += count;
        }
        throw error;
      }
      this.#failed = false;
      this.#waiting.splice(0, count);
      this.#dropped -= dropped;
    }
  }

  #dropOld(): void {
    const oldest = numericDate(this.#run.clock) - DENIAL_AGE_SECONDS + ASSERTION_SECONDS;
    const kept = this.#waiting.filter(({ at }) => at >= oldest);
    this.#dropped += this.#waiting.length - kept.length;
    this.#waiting = kept;
  }

  async #nextBatch(dropped: number): Promise<{
    readonly batch: { readonly runToken: string; readonly token: string };
    readonly count: number;
  }> {
    let count = Math.min(this.#waiting.length, MAX_DENIALS);
    let batch = await this.#sign(count, dropped);
    // Long names make long denials; half of them fit at the latest when there is one.
    while (batch.token.length > BATCH_BYTES && count > 1) {
      count = Math.floor(count / 2);
      batch = await this.#sign(count, dropped);
    }
    return { batch, count };
  }

  async #sign(
    count: number,
    dropped: number,
  ): Promise<{ readonly runToken: string; readonly token: string }> {
    const { frame, broker, clock, signer } = this.#run;
    const now = numericDate(clock);
    const runToken = this.#run.runToken();
    const claims: DenialBatchClaims = {
      iss: runUri(frame.runId),
      sub: agentUri(frame.agent),
      aud: broker.issuer,
      iat: now,
      exp: now + ASSERTION_SECONDS,
      jti: randomToken(16),
      ath: sha256(runToken),
      denials: this.#waiting.slice(0, count),
      dropped,
    };
    return { runToken, token: await signToken(signer, TOKEN_TYPES.denials, claims) };
  }
}
