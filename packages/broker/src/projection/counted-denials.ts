import { type Clock, type LedgerEntry, type Store, numericDate } from "@watchword/core";
import type { VerifiedRun } from "../run-token.ts";

/** Local denials of one run that get a record each, per minute; the rest are counted. */
const RECORDED_PER_MINUTE = 256;

interface Minute {
  readonly minute: number;
  readonly run: VerifiedRun["record"];
  recorded: number;
  counted: number;
}

/**
 * How many local denials of a run get a record of their own. A model that tries the same thing for ever must not fill the ledger:
 * beyond the bound there is one record per run and minute, with a count.
 */
export class CountedDenials {
  readonly #minutes = new Map<string, Minute>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many of `count` may be recorded one by one; the rest, and what the runtime dropped itself, are counted. */
  admit({ record }: VerifiedRun, count: number, dropped: number): number {
    const minute = this.#minute(record);
    const admitted = Math.min(count, RECORDED_PER_MINUTE - minute.recorded);
    minute.recorded += admitted;
    minute.counted += count - admitted + dropped;
    return admitted;
  }

  /** Records the counts of minutes that are over; with `all`, of every one. What cannot be recorded stays counted. */
  async flush(store: Store, all = false): Promise<void> {
    const now = Math.floor(numericDate(this.#clock) / 60);
    for (const [key, minute] of this.#minutes) {
      if (minute.minute === now && !all) continue;
      this.#minutes.delete(key);
      if (minute.counted === 0) continue;
      try {
        await store.recordRefusal(this.#entry(minute), undefined);
      } catch (error) {
        this.#minutes.set(key, minute);
        throw error;
      }
    }
  }

  #minute(run: VerifiedRun["record"]): Minute {
    const minute = Math.floor(numericDate(this.#clock) / 60);
    const key = JSON.stringify([run.id, minute]);
    const known = this.#minutes.get(key);
    if (known !== undefined) return known;
    const fresh = { minute, run, recorded: 0, counted: 0 };
    this.#minutes.set(key, fresh);
    return fresh;
  }

  #entry({ run, counted }: Minute): LedgerEntry {
    return {
      kind: "decision",
      at: this.#clock.now(),
      tenant: run.tenant,
      body: { outcome: "deny", decided_by: "runtime", count: counted, run: run.id, agent: run.agent },
    };
  }
}
