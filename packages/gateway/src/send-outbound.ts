import type { InboundResponse, OutboundRequest } from "@watchword/core";
import type { GatewayContext } from "./gateway-context.ts";
import { readBounded } from "./read-bounded.ts";

/** The codings that `fetch` undoes; beside an unknown one it undoes none. */
const DECODED = /^(?:x-gzip|gzip|deflate|br)(?:\s*,\s*(?:x-gzip|gzip|deflate|br))*$/;

/** An answer whose body has not been read. */
export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array> | null;
  /** Ends the exchange: the system need not go on. */
  cancel(): void;
  /** Lifts the time limit of the whole exchange; whoever calls it minds the time from then on. */
  untimed(): void;
}

/**
 * Sends a request, and gives its answer when status and headers are there, within time. `undefined` means that no usable answer
 * arrived: the request may have had its effect all the same. A redirect is an answer like any other here and is not followed.
 */
export async function sendOutbound(
  context: GatewayContext,
  outbound: OutboundRequest,
): Promise<OutboundAnswer | undefined> {
  const ended = new AbortController();
  const untimed = context.schedule(() => ended.abort(), context.timeoutMilliseconds);
  try {
    const response = await context.fetch(outbound.url, {
      method: outbound.method,
      headers: { ...outbound.headers },
      ...(outbound.body === undefined ? {} : { body: new Uint8Array(outbound.body) }),
      // INVARIANT: the credential goes to the address that was checked and to no other.
      redirect: "manual",
      signal: ended.signal,
    });
    if (!isReadable(response)) {
      await response.body?.cancel();
      untimed();
      return undefined;
    }
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: response.body,
      cancel: () => ended.abort(),
      untimed,
    };
  } catch {
    untimed();
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

/** A status that can be passed on, and a body that `fetch` decoded: what is still coded could hold the credential unseen. */
function isReadable({ status, headers }: Response): boolean {
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const decoded = coding === "" || coding === "identity" || DECODED.test(coding);
  return decoded && status >= 200 && status <= 599;
}
