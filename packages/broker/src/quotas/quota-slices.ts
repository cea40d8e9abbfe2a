import type { Clock, QuotaDraw, Store } from "@watchword/core";

/** One counter of the store, as one tenant draws from it. */
export type QuotaCounter = Pick<QuotaDraw, "key" | "tenant" | "limit" | "windowMilliseconds">;

/** What a request may draw from: `begun`, as the continuation or the end of something, from all there is. */
export type DrawKind = "new" | "begun";

/** Of the limit, one part in so many is kept for what has begun: a token that was asked for can be ended, too. */
const RESERVE = 16;
/** Of the limit, one part in so many is drawn ahead at most: what is not used in its part of the window is lost. */
const LARGEST_SLICE = 104;
/** How often what was drawn may be over when it arrives, before whoever waits is told to come later. */
const LATE_DRAWS = 3;
const MAX_KEPT = 10_000;

interface Waiting {
  readonly units: number;
  readonly kind: DrawKind;
  readonly settle: (until: number | undefined) => void;
  readonly fail: (error: unknown) => void;
}

interface Slice {
  /** Milliseconds since the epoch: what is left is worth nothing from then on. */
  until: number;
  left: number;
  /** Units used of this part of the window. */
  used: number;
  /** Until when the store has nothing to give. */
  readonly empty: Record<DrawKind, number>;
  /** Who waits for the store, in order. */
  readonly queue: Waiting[];
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
    // Whoever waits already goes first.
    if (slice.queue.length === 0 && this.#takeNow(slice, units)) return undefined;
    return new Promise((settle, fail) => {
      const waiting = slice.queue.push({ units, kind, settle, fail });
      if (waiting === 1) void this.#serve(slice, counter);
    });
  }

  #takeNow(slice: Slice, units: number): boolean {
    if (this.#clock.now() >= slice.until || slice.left < units) return false;
    slice.left -= units;
    slice.used += units;
    return true;
  }

  /** Serves everybody who waits, with one statement at a time. */
  async #serve(slice: Slice, counter: QuotaCounter): Promise<void> {
    let late = 0;
    for (let first = slice.queue[0]; first !== undefined; first = slice.queue[0]) {
      const now = this.#clock.now();
      if (this.#takeNow(slice, first.units)) first.settle(undefined);
      else if (now < slice.empty[first.kind]) first.settle(slice.empty[first.kind]);
      else if (late > LATE_DRAWS) first.settle(now + 1_000);
      else {
        try {
          await this.#draw(slice, counter, first);
        } catch (error) {
          for (const waiting of slice.queue.splice(0)) waiting.fail(error);
          return;
        }
        if (this.#clock.now() >= slice.until) late++;
        continue;
      }
      slice.queue.shift();
    }
  }

  async #draw(slice: Slice, counter: QuotaCounter, { units: least, kind }: Waiting): Promise<void> {
    const now = this.#clock.now();
    const { limit } = counter;
    const waiting = slice.queue.reduce((sum, { units }) => sum + units, 0);
    const ahead = now < slice.until ? Math.min(slice.used, Math.floor(limit / LARGEST_SLICE)) : 0;
    const { units, until } = await this.#store.drawQuota({
      ...counter,
      limit: kind === "new" ? limit - Math.floor(limit / RESERVE) : limit,
      // What has begun takes no more of what is kept for it than it needs.
      wanted: kind === "new" ? Math.max(waiting, ahead) : least,
      least,
      now,
    });
    if (units === 0) {
      slice.empty[kind] = until;
      return;
    }
    if (until !== slice.until) Object.assign(slice, { until, left: 0, used: 0 });
    slice.left += units;
  }

  #sliceOf({ key, tenant }: QuotaCounter): Slice {
    const name = `${key} ${tenant}`;
    const known = this.#slices.get(name);
    if (known !== undefined) return known;
    // What is forgotten was drawn, and stays counted.
    if (this.#slices.size >= MAX_KEPT) this.#slices.clear();
    const empty = { new: -Infinity, begun: -Infinity };
    const slice: Slice = { until: -Infinity, left: 0, used: 0, empty, queue: [] };
    this.#slices.set(name, slice);
    return slice;
  }
}
