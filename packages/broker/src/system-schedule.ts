import type { Schedule } from "./approvals/approval-options.ts";

/** The platform's timer, unreferenced. */
export const systemSchedule: Schedule = (fn, milliseconds) => {
  const timer = setTimeout(fn, milliseconds).unref();
  return () => clearTimeout(timer);
};
