import type { LedgerReceipt } from "./ledger-entry.ts";
import { type FailedFact, type Reason, isReason } from "./reason.ts";

/** What a refusal carries besides its reason. */
export interface RefusalDetail {
  /** For the operator and the ledger: what was required, what was held, what to do. Never shown to the model. */
  readonly detail?: string;
  readonly failedFact?: FailedFact;
  readonly decisionId?: string;
  /** Where the refusal is recorded. */
  readonly receipt?: LedgerReceipt;
  /** After how many seconds the same can be asked again, where that is known. */
  readonly retryAfterSeconds?: number;
  /** That whoever asked had been verified: the answer then waits for nothing. Default: only when it is named by a decision. */
  readonly callerKnown?: true;
  /** The error below, for the operator's log only. It must already be free of secrets. */
  readonly cause?: unknown;
}

/**
 * The one error Watchword throws on purpose. Branch on `reason`. `message` holds the detail for operators; whoever
 * answers a model, a tool or an end user uses `reason` and its text from the table instead.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: Reason;
  readonly failedFact: FailedFact | undefined;
  readonly decisionId: string | undefined;
  readonly receipt: LedgerReceipt | undefined;
  readonly callerKnown: boolean;
  readonly retryAfterSeconds: number | undefined;

  constructor(reason: Reason, detail: RefusalDetail = {}) {
    super(
      detail.detail === undefined ? reason : `${reason}: ${detail.detail}`,
      detail.cause === undefined ? undefined : { cause: detail.cause },
    );
    this.reason = reason;
    this.failedFact = detail.failedFact;
    this.decisionId = detail.decisionId;
    this.receipt = detail.receipt;
    this.retryAfterSeconds = detail.retryAfterSeconds;
    this.callerKnown = detail.callerKnown ?? detail.decisionId !== undefined;
  }

  /** The same refusal, named by the decision that it belongs to. */
  withDecision(decisionId: string): Refusal {
    return this.#with({ decisionId });
  }

  /** The same refusal, with the place of its record. */
  withReceipt(receipt: LedgerReceipt | undefined): Refusal {
    return receipt === undefined ? this : this.#with({ receipt });
  }

  /** The same refusal, of somebody who had been verified. */
  ofKnownCaller(): Refusal {
    return this.callerKnown ? this : this.#with({ callerKnown: true });
  }

  #with(more: RefusalDetail): Refusal {
    const prefix = `${this.reason}: `;
    return new Refusal(this.reason, {
      ...(this.message.startsWith(prefix) ? { detail: this.message.slice(prefix.length) } : {}),
      ...(this.failedFact === undefined ? {} : { failedFact: this.failedFact }),
      ...(this.decisionId === undefined ? {} : { decisionId: this.decisionId }),
      ...(this.receipt === undefined ? {} : { receipt: this.receipt }),
      ...(this.callerKnown ? { callerKnown: true } : {}),
      ...(this.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: this.retryAfterSeconds }),
      cause: this.cause,
      ...more,
    });
  }

  /** Recognizes refusals across duplicate copies of this package, where `instanceof` does not. */
  static is(value: unknown): value is Refusal {
    return value instanceof Error && value.name === "Refusal" && "reason" in value && isReason(value.reason);
  }

  /**
   * The refusal that `error` is, or `fallback`. Anything that is not a refusal is unplanned: its text may hold what it
   * should not, so only its class name is kept.
   */
  static from(error: unknown, fallback: Reason, detail?: RefusalDetail): Refusal {
    if (Refusal.is(error)) return error;
    const kind = error instanceof Error ? error.name : typeof error;
    return new Refusal(fallback, { detail: `unplanned ${kind}`, ...detail });
  }
}
