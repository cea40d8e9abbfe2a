import type { ServerLog } from "./server-log.ts";

/** A log that never turns an answer into something else: what it throws, or rejects with later, is left behind. */
export function quietLog(log: ServerLog): ServerLog {
  return (entry) => {
    try {
      const told: unknown = log(entry);
      // An asynchronous log fails later; unhandled, that would end the process.
      if (told instanceof Promise) told.catch(() => undefined);
    } catch {
      // There is nowhere to say it.
    }
  };
}
