import { Refusal, isRetryable } from "@watchword/core";

/** Runs `fn` after some milliseconds; gives what cancels it. Never keeps the process alive by itself. */
export type Schedule = (fn: () => void, milliseconds: number) => () => void;

/** The platform's timer, unreferenced. */
export const systemSchedule: Schedule = (fn, milliseconds) => {
  const timer = setTimeout(fn, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
};

/** What a heartbeat keeps alive. */
export interface Heartbeat {
  /** Seconds until the token in hand ends. */
  readonly expiresIn: number;
  /** Renews once; gives the seconds that the new token lives. */
  readonly renew: () => Promise<number>;
  readonly schedule: Schedule;
  /** Is told of every renewal that failed. */
  readonly onFailure: (error: unknown) => void;
}

const RETRY_SECONDS = 10;

/**
 * Renews a run's token in the middle of its life until it is stopped. A refusal that asking again cannot change ends it:
 * the run then goes on until its token ends.
 */
export function startHeartbeat({ expiresIn, renew, schedule, onFailure }: Heartbeat): () => void {
  let stopped = false;
  let cancel: () => void;
  const beat = (seconds: number, left: number): void => {
    cancel = schedule(() => void attempt(left), seconds * 1_000);
  };
  const attempt = async (left: number): Promise<void> => {
    try {
      const life = await renew();
      if (!stopped) beat(life / 2, life / 2);
    } catch (error) {
      if (stopped) return;
      onFailure(error);
      // By the table of reasons: a broker may be back, a tenant thawed; what was refused for good will be again.
      const final = Refusal.is(error) && !isRetryable(error.reason);
      if (!final && left > RETRY_SECONDS) beat(RETRY_SECONDS, left - RETRY_SECONDS);
    }
  };
  beat(expiresIn / 2, expiresIn / 2);
  return () => {
    stopped = true;
    cancel();
  };
}
