import type { OutboundRequest } from "@watchword/core";

/** An answer whose body has not been read; what it says is decoded already. */
export interface SentAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array> | Uint8Array | null;
}

/**
 * Sends one request to exactly its address, credential and all. INVARIANT: it follows no redirect and repeats nothing.
 *
 * `whole`: bytes up to which the body may come at once; a sender may give it so, and throws when it is longer.
 *
 * @throws Refusal `target_refused` when nothing was sent, because the address may not be reached; any other error says nothing about
 *   whether the request arrived
 */
export type Sender = (request: OutboundRequest, signal: AbortSignal, whole?: number) => Promise<SentAnswer>;
