import { Refusal } from "@watchword/core";

/** Remembers what was used, over as many replicas as it likes. */
export interface SpentTokens {
  /**
   * Whether `id` is used for the first time; from then on it is not, until `expiresAt` (NumericDate) at least. Of any number of
   * equal questions at once, one gets `true`.
   */
  spend(id: string, expiresAt: number, now: number): boolean | Promise<boolean>;
}

const MAX_REMEMBERED = 100_000;

/**
 * Remembers in this process, and no more than `max` at once. INVARIANT: nothing is forgotten before its end to make room; when
 * there is none, nothing more is taken.
 */
export function spentTokens(max: number = MAX_REMEMBERED): SpentTokens {
  const ends = new Map<string, number>();
  const forget = (now: number, looks: number): void => {
    for (const [id, end] of ends) {
      if (looks-- <= 0) return;
      if (end <= now) ends.delete(id);
    }
  };
  return Object.freeze<SpentTokens>({
    spend: (id, expiresAt, now) => {
      // The oldest come first, so a few looks a call keep up.
      forget(now, 4);
      if ((ends.get(id) ?? 0) > now) return false;
      if (ends.size >= max) forget(now, Infinity);
      if (ends.size >= max)
        throw new Refusal("internal", { detail: `more than ${max} tokens would have to be remembered` });
      ends.set(id, expiresAt);
      return true;
    },
  });
}
