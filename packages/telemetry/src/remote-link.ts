import { type Link, isSpanContextValid } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";

/** Anything that headers can be read from by name: `Headers`, among others. */
export interface HeaderReader {
  get(name: string): string | null | undefined;
}

// W3C Trace Context, version 00: exactly these four fields.
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * The caller's span as a link, when its `traceparent` is well-formed. Whoever sends a request chooses that header, so it
 * says where to look, and never which trace something belongs to. `tracestate` and baggage are not read.
 */
export function remoteLink(headers: HeaderReader): Link | undefined {
  return attempt(() => {
    const [, traceId, spanId, flags] = TRACEPARENT.exec(headers.get("traceparent") ?? "") ?? [];
    if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
    const context = { traceId, spanId, traceFlags: parseInt(flags, 16) & 1, isRemote: true };
    return isSpanContextValid(context) ? { context } : undefined;
  });
}
