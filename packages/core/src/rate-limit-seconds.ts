/** Seconds for which a system that says "too much" and not for how long is left alone. */
const UNSAID_SECONDS = 10;
/** No system is left alone for longer by what one answer says. */
const LONGEST_SECONDS = 86_400;

/** What a system answered, as far as it can say "too much". */
export interface LimitedAnswer {
  readonly status: number;
  readonly header: (name: string) => string | null | undefined;
}

/**
 * For how many seconds a system wants to be left alone, by its answer: 429 in any case; 403 and 503 when the answer says so
 * itself, by `Retry-After` (RFC 9110 section 10.2.3) or by a rate limit that is used up. `undefined`: it does not.
 */
export function rateLimitSeconds({ status, header }: LimitedAnswer, now: number): number | undefined {
  const after = retryAfter(header("retry-after"), now);
  if (status === 503) return after;
  const usedUp = header("x-ratelimit-remaining")?.trim() === "0";
  if (status !== 429 && !(status === 403 && (after !== undefined || usedUp))) return undefined;
  return after ?? bounded(untilReset(header("x-ratelimit-reset"), now) ?? UNSAID_SECONDS);
}

function retryAfter(text: string | null | undefined, now: number): number | undefined {
  const value = text?.trim() ?? "";
  if (/^\d{1,12}$/.test(value)) return bounded(Number(value));
  // The one form that RFC 9110 section 5.6.7 lets senders write.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : bounded(Math.ceil((at - now) / 1_000));
}

/** A NumericDate. */
function untilReset(text: string | null | undefined, now: number): number | undefined {
  const value = text?.trim() ?? "";
  return /^\d{9,12}$/.test(value) ? Number(value) - Math.floor(now / 1_000) : undefined;
}

function bounded(seconds: number): number {
  return Math.min(Math.max(1, seconds), LONGEST_SECONDS);
}
