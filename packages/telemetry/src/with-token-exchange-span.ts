import { SpanKind, context } from "@opentelemetry/api";
import { ATTRIBUTES, SPANS } from "./attribute-names.ts";
import { knownAttributes } from "./known-attributes.ts";
import { runInSpan } from "./run-in-span.ts";
import type { ExchangeKind } from "./exchange-kind.ts";
import type { SpanRecorder } from "./span-recorder.ts";
import { contextPrincipal } from "./with-principal.ts";

/** The runtime's side of one exchange with the broker. */
export interface TokenExchange {
  readonly exchange: ExchangeKind;
  /** The broker's host. */
  readonly serverAddress?: string;
}

/** Runs the runtime's request to the broker on a `watchword.token_exchange` span, child of the active one. */
export function withTokenExchangeSpan<Result>(
  call: TokenExchange,
  fn: (span: SpanRecorder) => Promise<Result>,
): Promise<Result> {
  return runInSpan(() => {
    const attributes = knownAttributes({
      ...contextPrincipal(context.active()),
      [ATTRIBUTES.exchange]: call.exchange,
      [ATTRIBUTES.serverAddress]: call.serverAddress,
    });
    return { name: SPANS.tokenExchange, options: { kind: SpanKind.CLIENT, attributes } };
  }, fn);
}
