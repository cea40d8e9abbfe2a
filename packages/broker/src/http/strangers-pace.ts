import type { Schedule } from "../approvals/approval-options.ts";
import { systemSchedule } from "../system-schedule.ts";

/** Milliseconds between two answers while strangers ask for more than {@link AT_ONCE} at a time. */
const EVERY_MILLISECONDS = 10;
/** Answers that are given at once after a quiet time: more of them come when many runtimes start together. */
const AT_ONCE = 10;
/**
 * Answers that wait for their turn at most, so that none waits longer than 2.56 s. Each keeps a connection open, which a proxy
 * in front has few hundreds or thousands of: strangers must not get them all by waiting.
 */
const MOST_WAITING = 256;

/** Time as {@link StrangersPace} goes by it. */
export interface PaceTime {
  /** Milliseconds, from a clock that never goes back. Default: the platform's. */
  readonly now?: () => number;
  /** Default: the platform's timer. */
  readonly schedule?: Schedule;
}

/**
 * The turns in which strangers are answered: a hundred in a second, in the order in which they asked and whatever they are told.
 * Somebody who asks again once answered, as often as can be, then costs no more than that, over however many connections up to
 * {@link MOST_WAITING}. What waits is a turn alone, and nothing of what was asked.
 */
export class StrangersPace {
  readonly #waiting = new Set<() => void>();
  readonly #now: () => number;
  readonly #schedule: Schedule;
  /** Answers that were given more than time has allowed for since, as of `#countedAt`. */
  #ahead = 0;
  #countedAt = -Infinity;
  #isGoing = false;

  constructor({ now = () => performance.now(), schedule = systemSchedule }: PaceTime = {}) {
    this.#now = now;
    this.#schedule = schedule;
  }

  /**
   * Waits until one more may be answered, or nobody waits for it any more. `false`, at once: too many wait already, and this one
   * is not to be kept. The request's signal is looked at only if it has to wait.
   */
  async turn(request: Pick<Request, "signal">): Promise<boolean> {
    if (this.#isFree()) return true;
    if (this.#waiting.size >= MOST_WAITING) return false;
    const { signal } = request;
    if (signal.aborted) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const leave = (): void => {
      this.#waiting.delete(resolve);
      resolve();
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#keepGoing();
    await promise;
    signal.removeEventListener("abort", leave);
    return true;
  }

  #isFree(): boolean {
    const now = this.#now();
    this.#ahead = Math.max(0, this.#ahead - (now - this.#countedAt) / EVERY_MILLISECONDS);
    this.#countedAt = now;
    if (this.#waiting.size > 0 || this.#ahead > AT_ONCE - 1) return false;
    this.#ahead += 1;
    return true;
  }

  #keepGoing(): void {
    if (this.#isGoing || this.#waiting.size === 0) return;
    this.#isGoing = true;
    this.#schedule(() => this.#next(), EVERY_MILLISECONDS);
  }

  #next(): void {
    this.#isGoing = false;
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    // The time that passed is used up by this one.
    this.#countedAt = this.#now();
    this.#ahead = AT_ONCE;
    first();
    this.#keepGoing();
  }
}
