import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { principalSpanProcessor } from "@watchword/telemetry";

/** Finished spans, and ways from one to another as an operator goes them. */
export interface RecordedTraces extends Disposable {
  all(): readonly ReadableSpan[];
  /** The tool span of a call. */
  tool(callId: string): ReadableSpan;
  /** The runtime's exchanges of a kind. */
  asked(kind: string): readonly ReadableSpan[];
  /** The runtime's exchange below a tool span. */
  askedBy(tool: ReadableSpan): ReadableSpan;
  /** The broker's side of an exchange: below it in one process, linked to it over HTTP. */
  answered(asked: ReadableSpan): ReadableSpan;
}

/** Registers the real SDK, as an application does it, until it is disposed. */
export function recordTraces(): RecordedTraces {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      spanProcessors: [principalSpanProcessor(), new SimpleSpanProcessor(exporter)],
    }),
  );
  const only = (what: string, found: readonly ReadableSpan[]): ReadableSpan => {
    const [span, ...more] = found;
    if (span === undefined || more.length > 0) throw new Error(`${found.length} spans, not one: ${what}`);
    return span;
  };
  const all = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
  return {
    all,
    tool: (callId) =>
      only(
        callId,
        all().filter(({ attributes }) => attributes["gen_ai.tool.call.id"] === callId),
      ),
    asked: (kind) =>
      all().filter(
        ({ name, attributes }) =>
          name === "watchword.token_exchange" && attributes["watchword.exchange.kind"] === kind,
      ),
    askedBy: (tool) =>
      only(
        `the exchange below ${tool.name}`,
        all().filter((span) => span.parentSpanContext?.spanId === tool.spanContext().spanId),
      ),
    answered: (asked) => {
      const { spanId, traceId } = asked.spanContext();
      return only(
        "the broker's side",
        all().filter(
          ({ name, parentSpanContext, links }) =>
            name === "watchword.exchange" &&
            (parentSpanContext?.spanId === spanId ||
              links.some((link) => link.context.spanId === spanId && link.context.traceId === traceId)),
        ),
      );
    },
    [Symbol.dispose]: () => {
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}
