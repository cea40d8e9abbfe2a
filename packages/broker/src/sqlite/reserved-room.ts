import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { CommandName } from "./command.ts";
import { monotonic } from "./monotonic.ts";

/** What begins something: it needs room for its own records, and for those of everything that follows from it. */
const BEGINNING: ReadonlySet<string> = new Set<CommandName>([
  "startRun",
  "renewRun",
  "recordIntent",
  "requestApproval",
  "claimUse",
]);

/** Milliseconds for which the disk's room is taken as known. */
const KNOWN_MILLISECONDS = 250;

/**
 * Room on the disk that is kept for what must still be recorded when it becomes short: refusals, outcomes, ends, revocations.
 * While less is free nothing new begins.
 */
export class ReservedRoom {
  readonly #directory: string;
  readonly #bytes: number;
  #short = false;
  #lookAgainAt = -Infinity;

  constructor(path: string, bytes: number) {
    this.#directory = dirname(path);
    this.#bytes = bytes;
  }

  /** Whether a command has to be refused, so that others still have room. */
  refuses(name: string): boolean {
    if (!BEGINNING.has(name)) return false;
    const now = monotonic();
    if (now >= this.#lookAgainAt) {
      this.#lookAgainAt = now + KNOWN_MILLISECONDS;
      this.#short = this.#free() < this.#bytes;
    }
    return this.#short;
  }

  /** A disk that does not say is taken as having room: the write itself finds out. */
  #free(): number {
    try {
      const { bavail, bsize } = statfsSync(this.#directory);
      return bavail * bsize;
    } catch {
      return Infinity;
    }
  }
}
