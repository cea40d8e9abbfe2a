import type { PaceTime } from "../src/http/strangers-pace.ts";

/** Time that passes when a test says so. */
export interface HandTime extends Required<PaceTime> {
  /** Lets so many milliseconds pass, and what was due in them happen. */
  pass(milliseconds: number): void;
}

export function handTime(): HandTime {
  const due = new Map<() => void, number>();
  let now = 0;
  return {
    now: () => now,
    schedule: (fn, milliseconds) => {
      due.set(fn, now + milliseconds);
      return () => void due.delete(fn);
    },
    pass: (milliseconds) => {
      const end = now + milliseconds;
      for (;;) {
        const [next] = [...due].filter(([, at]) => at <= end).toSorted(([, a], [, b]) => a - b);
        if (next === undefined) break;
        due.delete(next[0]);
        now = next[1];
        next[0]();
      }
      now = end;
    },
  };
}
