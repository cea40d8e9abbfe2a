import type { Attributes, Context } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";
import { contextPrincipal } from "./with-principal.ts";

/** A span processor as OpenTelemetry's SDK takes it, without a dependency on the SDK. */
export interface PrincipalSpanProcessor {
  onStart(span: { setAttributes(attributes: Attributes): unknown }, parent: Context): void;
  onEnd(span: unknown): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Puts the principal on every span that starts inside a run, whoever starts it: model calls, HTTP requests, queries. List
 * it before the processors that export.
 *
 * @example
 * ```ts
 * new BasicTracerProvider({ spanProcessors: [principalSpanProcessor(), new BatchSpanProcessor(exporter)] });
 * ```
 */
export function principalSpanProcessor(): PrincipalSpanProcessor {
  return {
    onStart: (span, parent) => {
      attempt(() => {
        const attributes = contextPrincipal(parent);
        if (attributes !== undefined) span.setAttributes(attributes);
      });
    },
    onEnd: () => {},
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}
