import { type Clock, type LedgerEntry, type Reason, type Refusal, type Store } from "@watchword/core";

/**
 * Refusals without a record of their own: of callers that nothing vouches for yet, so that a flood of bad tokens cannot
 * fill the store, and those while the ledger could not be written. They become one record per reason and flush.
 */
export class CountedRefusals {
  readonly #counts = new Map<Reason, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(refusal: Refusal): void {
    this.#counts.set(refusal.reason, (this.#counts.get(refusal.reason) ?? 0) + 1);
  }

  /** Records what was counted since the last flush. What cannot be recorded stays counted. */
  async flush(store: Store): Promise<void> {
    for (const [reason, count] of this.#counts) {
      this.#counts.delete(reason);
      const entry: LedgerEntry = {
        kind: "decision",
        at: this.#clock.now(),
        tenant: null,
        body: { outcome: "deny", reason, count, decided_by: "broker" },
      };
      try {
        await store.recordRefusal(entry, undefined);
      } catch (error) {
        this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
        throw error;
      }
    }
  }
}
