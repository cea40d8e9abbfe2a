import type { RunningSystem } from "../system-under-test.ts";
import type { Seen } from "./stage.ts";

/** Counts what twins saw besides look-ups, each request once. */
export class TwinWitness {
  readonly #twins: readonly RunningSystem["twin"][];
  readonly #read: number[];
  readonly #counted = { mints: 0, effects: 0, refused: 0 };

  constructor(twins: readonly RunningSystem["twin"][]) {
    this.#twins = twins;
    this.#read = twins.map(() => 0);
  }

  /** Systems that mint nothing by themselves show nothing of it: what adapters were asked to mint counts as well. */
  seen(adapterMints: number): Seen {
    for (const [index, { requests }] of this.#twins.entries()) {
      for (const { kind } of requests.slice(this.#read[index])) this.#count(kind);
      this.#read[index] = requests.length;
    }
    return { ...this.#counted, mints: Math.max(this.#counted.mints, adapterMints) };
  }

  #count(kind: string): void {
    if (kind === "mint") this.#counted.mints += 1;
    // A replay is an effect that an idempotency key kept from happening twice: it got there.
    else if (kind === "effect" || kind === "replay") this.#counted.effects += 1;
    else if (kind === "refused") this.#counted.refused += 1;
  }
}
