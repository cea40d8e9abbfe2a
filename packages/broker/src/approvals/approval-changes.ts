import { Refusal } from "@watchword/core";
import { systemSchedule } from "../system-schedule.ts";
import type { Schedule } from "./approval-options.ts";

const MAX_WATCHERS = 1_000;
const MAX_WATCHERS_OF_A_RUN = 8;

/**
 * Wakes those in this process who wait for an approval. It is no more than a shortcut: what is true stands in the store,
 * and a decision at another replica is seen there.
 */
export class ApprovalChanges {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #watchers = new Map<string, number>();
  readonly #schedule: Schedule;
  #count = 0;

  constructor(schedule: Schedule = systemSchedule) {
    this.#schedule = schedule;
  }

  changed(approvalId: string): void {
    for (const wake of this.#waiting.get(approvalId) ?? []) wake();
  }

  /** Until something changed, the time is over, or `signal` ends it. */
  wait(approvalId: string, milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wakers = this.#waiting.get(approvalId) ?? new Set();
      this.#waiting.set(approvalId, wakers);
      const wake = (): void => {
        cancel();
        signal.removeEventListener("abort", wake);
        wakers.delete(wake);
        if (wakers.size === 0) this.#waiting.delete(approvalId);
        resolve();
      };
      wakers.add(wake);
      const cancel = this.#schedule(wake, milliseconds);
      signal.addEventListener("abort", wake, { once: true });
      if (signal.aborted) wake();
    });
  }

  /**
   * Counts one more who watches; gives what counts it out again.
   *
   * @throws Refusal `broker_unavailable` when too many do: asking now and then still works
   */
  enter(run: string): () => void {
    const ofRun = this.#watchers.get(run) ?? 0;
    if (this.#count >= MAX_WATCHERS || ofRun >= MAX_WATCHERS_OF_A_RUN)
      throw new Refusal("broker_unavailable", {
        detail: "too many watch already; ask for the state instead",
      });
    this.#count += 1;
    this.#watchers.set(run, ofRun + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#count -= 1;
      const rest = (this.#watchers.get(run) ?? 1) - 1;
      if (rest === 0) this.#watchers.delete(run);
      else this.#watchers.set(run, rest);
    };
  }
}
