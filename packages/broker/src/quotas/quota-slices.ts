import type { Clock, QuotaDraw, Store } from "@watchword/core";

/** One counter of the store, as one tenant draws from it. */
export type QuotaCounter = Pick<QuotaDraw, "key" | "tenant" | "limit" | "windowMilliseconds">;

/** What a request may draw from: `begun`, as the continuation or the end of something, from all there is. */
export type DrawKind = "new" | "begun";

/** Of the limit, one part in so many is kept for what has begun: a token that was asked for can be ended, too. */
const RESERVE = 16;
/** Of the limit, one part in so many is drawn ahead at most: what is not used in its part of the window is lost. */
const LARGEST_SLICE = 104;
/** How often a draw may turn out to be over already; a store that slow is not asked for ever. */
const ROUNDS = 4;
const MAX_KEPT = 10_000;

interface Slice {
  /** Milliseconds since the epoch: what is left is worth nothing from then on. */
  until: number;
  left: number;
  /** Units used of this part of the window. */
  used: number;
  waiting: number;
  refill: Promise<void> | undefined;
  /** Until when the store has nothing to give. */
  readonly empty: Record<DrawKind, number>;
}

/**
 * This replica's part of every quota, drawn from the store in slices that grow with what is asked, so that a busy system costs a
 * statement now and then and an idle one nothing. INVARIANT: nothing is used that was not drawn before, or after its part of the
 * window; so all replicas together never use more than the store gave.
 */
export class QuotaSlices {
  readonly #store: Pick<Store, "drawQuota">;
  readonly #clock: Clock;
  readonly #slices = new Map<string, Slice>();

  constructor(store: Pick<Store, "drawQuota">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Takes units; gives `undefined`, or the moment from which asking again can make sense.
   *
   * @throws Refusal `ledger_unavailable`
   */
  async take(counter: QuotaCounter, units: number, kind: DrawKind): Promise<number | undefined> {
    const slice = this.#sliceOf(counter);
    for (let round = 0; round < ROUNDS; round++) {
      const now = this.#clock.now();
      if (now < slice.until && slice.left >= units) {
        slice.left -= units;
        slice.used += units;
        return undefined;
      }
      if (now < slice.empty[kind]) return slice.empty[kind];
      await this.#refilled(slice, counter, units, kind);
    }
    return this.#clock.now() + 1_000;
  }

  /** Gives back what was taken for a request that did not leave. */
  giveBack(counter: QuotaCounter, units: number): void {
    const slice = this.#sliceOf(counter);
    if (this.#clock.now() >= slice.until) return;
    slice.left += units;
    slice.used -= units;
  }

  async #refilled(slice: Slice, counter: QuotaCounter, units: number, kind: DrawKind): Promise<void> {
    slice.waiting += units;
    try {
      // Whoever waits for the same is counted in, and waits for one statement.
      while (slice.refill !== undefined) {
        await slice.refill;
        if (this.#clock.now() < slice.until && slice.left >= units) return;
        if (this.#clock.now() < slice.empty[kind]) return;
      }
      slice.refill = this.#refill(slice, counter, units, kind);
      await slice.refill;
    } finally {
      slice.waiting -= units;
    }
  }

  async #refill(slice: Slice, counter: QuotaCounter, least: number, kind: DrawKind): Promise<void> {
    try {
      const now = this.#clock.now();
      const ahead = Math.min(now < slice.until ? slice.used : 0, Math.floor(counter.limit / LARGEST_SLICE));
      const { units, until } = await this.#store.drawQuota({
        ...counter,
        limit: kind === "new" ? counter.limit - Math.floor(counter.limit / RESERVE) : counter.limit,
        wanted: kind === "new" ? Math.max(least, slice.waiting, ahead) : least,
        least,
        now,
      });
      if (units === 0) {
        slice.empty[kind] = until;
        return;
      }
      if (until !== slice.until) Object.assign(slice, { until, left: 0, used: 0 });
      slice.left += units;
    } finally {
      slice.refill = undefined;
    }
  }

  #sliceOf({ key, tenant }: QuotaCounter): Slice {
    const name = `${key} ${tenant}`;
    const known = this.#slices.get(name);
    if (known !== undefined) return known;
    // What is forgotten was drawn, and stays counted.
    if (this.#slices.size >= MAX_KEPT) this.#slices.clear();
    const empty = { new: -Infinity, begun: -Infinity };
    const slice: Slice = { until: -Infinity, left: 0, used: 0, waiting: 0, refill: undefined, empty };
    this.#slices.set(name, slice);
    return slice;
  }
}
