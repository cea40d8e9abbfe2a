import { SpanKind, type SpanOptions } from "@opentelemetry/api";
import { ATTRIBUTES, SPANS } from "./attribute-names.ts";
import type { ExchangeKind } from "./exchange-kind.ts";
import { type HeaderReader, remoteLink } from "./remote-link.ts";
import { runInSpan } from "./run-in-span.ts";
import type { SpanRecorder } from "./span-recorder.ts";

/** The broker's side of one exchange. */
export interface BrokerExchange {
  readonly exchange: ExchangeKind;
  /** Headers of a request over the network. With them the span is a root of its own that links to the caller's. */
  readonly remote?: HeaderReader;
}

/**
 * Runs an exchange on the broker's `watchword.exchange` span, on which principal, decision and credential are said once
 * they are known.
 *
 * INVARIANT: what came over the network is never the parent. A forged `traceparent` would join another tenant's trace.
 */
export function withExchangeSpan<Result>(
  { exchange, remote }: BrokerExchange,
  fn: (span: SpanRecorder) => Promise<Result>,
): Promise<Result> {
  return runInSpan(() => {
    const attributes = { [ATTRIBUTES.exchange]: exchange };
    const options: SpanOptions = { kind: SpanKind.SERVER, attributes };
    if (remote === undefined) return { name: SPANS.exchange, options };
    const link = remoteLink(remote);
    return {
      name: SPANS.exchange,
      options: { ...options, root: true, links: link === undefined ? [] : [link] },
    };
  }, fn);
}
