import { type Clock, Refusal } from "@watchword/core";
import type { RingReader } from "./ring-reader.ts";

/** Milliseconds between two looks at the files: keys that nobody knows must not become work. */
const LOOK_AGAIN_MILLISECONDS = 1_000;

/** Follows the files of a directory of keys, which others rotate. */
export class KeyDirectory {
  readonly #clock: Clock;
  readonly #readers: readonly RingReader<unknown>[];
  readonly #onTrouble: (refusal: Refusal) => void;
  #lookedAt: number;
  #look: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(clock: Clock, readers: readonly RingReader<unknown>[], onTrouble: (refusal: Refusal) => void) {
    this.#clock = clock;
    this.#readers = readers;
    this.#onTrouble = onTrouble;
    this.#lookedAt = clock.now();
  }

  /** Looks whether a file was replaced, at most once a second; never rejects. Keys at hand stay when it cannot be read. */
  readonly refresh = (): Promise<void> => {
    const now = this.#clock.now();
    if (Math.abs(now - this.#lookedAt) < LOOK_AGAIN_MILLISECONDS) return this.#look;
    this.#lookedAt = now;
    this.#look = this.#readAll();
    return this.#look;
  };

  async #readAll(): Promise<void> {
    const results = await Promise.allSettled(this.#readers.map((reader) => reader.read()));
    const failed = results.find((result) => result.status === "rejected");
    // Told once when it begins.
    if (failed !== undefined && !this.#failing) this.#tell(failed.reason);
    this.#failing = failed !== undefined;
  }

  #tell(error: unknown): void {
    try {
      this.#onTrouble(Refusal.from(error, "configuration_invalid"));
    } catch {
      // A broken log must not stop a sweep.
    }
  }
}
