import type { Refusal } from "@watchword/core";

/** Who an answer goes to: somebody who was verified, or anybody at all. */
export type Caller = "known" | "stranger";

const CALLER = Symbol("caller");

interface Answer extends Response {
  [CALLER]?: Caller;
}

/** Says whom an answer goes to, where its status alone does not. Nothing of it goes over the wire. */
export function answerFor(caller: Caller, response: Response): Response {
  const answer: Answer = response;
  answer[CALLER] = caller;
  return response;
}

/** Whom a refusal is answered to. */
export function callerOf({ callerKnown }: Refusal): Caller {
  return callerKnown ? "known" : "stranger";
}

/**
 * Whether an answer says no to somebody whom nothing vouches for. INVARIANT: a request that was refused is a stranger's unless
 * it was said otherwise. What the broker could not answer (503) is nobody's fault who asked.
 */
export function isRefusalOfStranger(response: Response): boolean {
  const { status }: Response = response;
  if (status === 503) return false;
  const said = (response as Answer)[CALLER];
  return said === undefined ? status >= 400 && status < 500 : said === "stranger";
}
