/** Where time comes from. Injected everywhere, so that tests move it instead of waiting. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() });

/** NumericDate (RFC 7519 section 2): whole seconds since the epoch, rounded down. */
export function numericDate(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
