import { type Attributes, context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { SpanPrincipal } from "@watchword/telemetry";
import { afterEach } from "vitest";

/** Registers the real SDK for one test; gives what it finished. */
export function record(...processors: SpanProcessor[]) {
  const exporter = new InMemorySpanExporter();
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [...processors, new SimpleSpanProcessor(exporter)] }),
  );
  return {
    spans: (): ReadableSpan[] => exporter.getFinishedSpans(),
    span: (name: string): ReadableSpan => {
      const [found, ...more] = exporter.getFinishedSpans().filter((span) => span.name === name);
      if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} or no spans ${name}`);
      return found;
    },
  };
}

/** A span such as an agent framework starts, active while `fn` runs. */
export async function frameworkSpan<Result>(
  name: string,
  attributes: Attributes,
  fn: () => Promise<Result>,
): Promise<Result> {
  return trace.getTracer("framework").startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await fn();
    } finally {
      span.end();
    }
  });
}

/** Puts OpenTelemetry back to having no provider, after each test of the file. */
export function forgetProviders(): void {
  afterEach(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });
}

/** A run of tenant acme. */
export const acme: SpanPrincipal = {
  agent: "support@3",
  run: "run_1",
  tenant: "acme",
  thread: "thread_1",
  principalKind: "user",
  userHash: "hash_1",
  depth: 0,
  chain: ["support"],
  background: false,
};
