import type { Attempt } from "../attempt.ts";

/**
 * An attempt, or why it is none: what could not be brought about, and what nobody answered in time, is told as `harness` and
 * `failed`, so that silence never passes for a refusal.
 */
export async function withinPatience(
  milliseconds: number,
  attempt: () => Promise<Attempt>,
): Promise<Attempt> {
  const began = performance.now();
  try {
    return await withinTime(milliseconds, attempt());
  } catch (error) {
    return notRun(error instanceof Error ? error.message : String(error), performance.now() - began);
  }
}

/** What a promise gives, as long as it gives it in time. @throws Error otherwise, while it goes on */
export async function withinTime<Value>(milliseconds: number, promise: PromiseLike<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nobody answered within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What is known of an attempt that was not made: why. */
export function notRun(detail: string, milliseconds = 0): Attempt {
  return {
    outcome: "failed",
    stage: "harness",
    reason: null,
    failedFact: null,
    decisionId: null,
    detail,
    seen: { mints: 0, effects: 0, refused: 0 },
    records: 0,
    milliseconds,
  };
}
