import { isSpanContextValid, trace } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";

/**
 * The headers, with the active span as `traceparent` (W3C Trace Context). Only that: baggage and `tracestate` hold what
 * other code put there, which is none of the receiver's business. Without an active span the headers stay as they are.
 */
export function injectTrace(headers: Readonly<Record<string, string>>): Record<string, string> {
  const traceparent = attempt(() => {
    const active = trace.getActiveSpan()?.spanContext();
    if (active === undefined || !isSpanContextValid(active)) return undefined;
    return `00-${active.traceId}-${active.spanId}-0${active.traceFlags & 1}`;
  });
  if (traceparent === undefined) return { ...headers };
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "traceparent");
  return { ...Object.fromEntries(others), traceparent };
}
