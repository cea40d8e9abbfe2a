import { type Clock, type LedgerEntry, type Reason, type Refusal, type Store } from "@watchword/core";

/** Milliseconds between two records of the same reason: a flood that lasts must not fill the store either. */
const EVERY_MILLISECONDS = 60_000;

/**
 * Refusals without a record of their own: of callers that nothing vouches for yet, so that a flood of bad tokens cannot
 * fill the store, and those while the ledger could not be written. They become one record per reason and minute; the first
 * of them is recorded without waiting for more.
 */
export class CountedRefusals {
  readonly #counts = new Map<Reason, number>();
  readonly #recordedAt = new Map<Reason, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(refusal: Refusal): void {
    this.#counts.set(refusal.reason, (this.#counts.get(refusal.reason) ?? 0) + 1);
  }

  /** Records what was counted and is due; `all`: whatever was counted. What cannot be recorded stays counted. */
  async flush(store: Store, which: "due" | "all" = "due"): Promise<void> {
    for (const [reason, count] of this.#counts) {
      const recordedAt = this.#recordedAt.get(reason);
      const early = recordedAt !== undefined && Math.abs(this.#clock.now() - recordedAt) < EVERY_MILLISECONDS;
      if (early && which === "due") continue;
      this.#counts.delete(reason);
      const entry: LedgerEntry = {
        kind: "decision",
        at: this.#clock.now(),
        tenant: null,
        body: { outcome: "deny", reason, count, decided_by: "broker" },
      };
      try {
        await store.recordRefusal(entry, undefined);
        this.#recordedAt.set(reason, entry.at);
      } catch (error) {
        this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
        throw error;
      }
    }
  }
}
