import type { Attempt } from "../attempt.ts";

/** How often a line comes at most. */
const EVERY_MS = 5_000;

/**
 * Makes a listener that says now and then, by whole lines as the log of a CI job holds them, how far a long run is. What the
 * attempts prove is only known at the end. `now` is in milliseconds.
 */
export function progressLines(write: (line: string) => void, now: () => number): (attempt: Attempt) => void {
  let made = 0;
  let refused = 0;
  let next = now() + EVERY_MS;
  return ({ outcome }) => {
    made++;
    if (outcome === "refused") refused++;
    if (now() < next) return;
    next = now() + EVERY_MS;
    write(`${made} attempts so far, ${refused} of them refused`);
  };
}
