import type { LedgerSink } from "@watchword/core";

/** Checkpoints that wait for one sink at most; a later one covers what an earlier one does. */
const MAX_WAITING = 1_000;

/** Brings checkpoints to one sink, in order. What it does not take is tried again by the next flush. */
export class SinkQueue {
  readonly #sink: LedgerSink;
  readonly #onFailure: (sink: string, error: unknown) => void;
  readonly #waiting: string[] = [];
  #failing = false;
  #flushing: Promise<void> | undefined;

  constructor(sink: LedgerSink, onFailure: (sink: string, error: unknown) => void) {
    this.#sink = sink;
    this.#onFailure = onFailure;
  }

  get state(): { readonly sink: string; readonly failing: boolean; readonly waiting: number } {
    return { sink: this.#sink.name, failing: this.#failing, waiting: this.#waiting.length };
  }

  add(note: string): void {
    this.#waiting.push(note);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  /** Never throws: a sink that fails is a state. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    this.#flushing ??= this.#push();
    return this.#flushing;
  }

  async #push(): Promise<void> {
    try {
      await this.#pushAll();
    } finally {
      this.#flushing = undefined;
    }
  }

  async #pushAll(): Promise<void> {
    for (let note = this.#waiting[0]; note !== undefined; note = this.#waiting[0]) {
      try {
        await this.#sink.push(note);
      } catch (error) {
        if (!this.#failing) this.#onFailure(this.#sink.name, error);
        this.#failing = true;
        return;
      }
      this.#failing = false;
      // The oldest may have made way for a new one meanwhile.
      if (this.#waiting[0] === note) this.#waiting.shift();
    }
  }
}
