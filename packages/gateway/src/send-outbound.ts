import { type InboundResponse, type OutboundRequest, Refusal } from "@watchword/core";
import type { GatewayContext } from "./gateway-context.ts";
import { readBounded } from "./read-bounded.ts";
import type { SentAnswer } from "./sender.ts";

/** The codings that senders undo; beside an unknown one they undo none. */
const DECODED = /^(?:x-gzip|gzip|deflate|br)(?:\s*,\s*(?:x-gzip|gzip|deflate|br))*$/;

/** An answer whose body has not been read. */
export interface OutboundAnswer extends SentAnswer {
  /** Ends the exchange: the system need not go on. */
  cancel(): void;
  /** Lifts the time limit of the whole exchange; whoever calls it minds the time from then on. */
  untimed(): void;
}

/**
 * Sends a request, and gives its answer when status and headers are there, within time. `undefined` means that no usable answer
 * arrived: the request may have had its effect all the same. `streamed`: the answer may be passed on as it comes. A redirect is an answer like any other here and is not followed.
 *
 * @throws Refusal `target_refused` when nothing was sent
 */
export async function sendOutbound(
  context: GatewayContext,
  outbound: OutboundRequest,
  streamed: boolean,
): Promise<OutboundAnswer | undefined> {
  const ended = new AbortController();
  const untimed = context.schedule(() => ended.abort(), context.timeoutMilliseconds);
  try {
    const answer = await context.send(
      outbound,
      ended.signal,
      streamed ? undefined : context.maxResponseBytes,
    );
    if (isReadable(answer)) return { ...answer, cancel: () => ended.abort(), untimed };
    untimed();
    ended.abort();
    return undefined;
  } catch (error) {
    untimed();
    if (Refusal.is(error)) throw error;
    // The error may quote the request, credential and all; nobody gets to see it.
    return undefined;
  }
}

/** Reads an answer whole, within the exchange's time and size; `undefined` when it does not fit into them. */
export async function readAnswer(
  context: GatewayContext,
  answer: OutboundAnswer,
): Promise<InboundResponse | undefined> {
  try {
    const { status, headers } = answer;
    const body = await readBounded(answer.body, context.maxResponseBytes);
    return body === undefined ? undefined : { status, headers, body };
  } catch {
    return undefined;
  } finally {
    answer.untimed();
  }
}

/** A status that can be passed on, and a body that the sender decoded: what is still coded could hold the credential unseen. */
function isReadable({ status, headers }: SentAnswer): boolean {
  const coding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  const decoded = coding === "" || coding === "identity" || DECODED.test(coding);
  return decoded && status >= 200 && status <= 599;
}
