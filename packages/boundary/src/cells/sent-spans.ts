import type { TraceSpan } from "@watchword/telemetry";
import type { NoTracing } from "../world/load-tracing.ts";

/** Where a span stands, as JSON. */
interface SentPlace {
  readonly traceId: string;
  readonly spanId: string;
  readonly state: string;
}

/** A finished span on its way out of the cell in which it was recorded: all of its texts, and where it stands. */
export interface SentSpan extends Pick<TraceSpan, "name" | "attributes" | "events" | "status" | "resource"> {
  readonly links: readonly { readonly attributes: object; readonly place: SentPlace }[];
  readonly place: SentPlace;
  readonly parent: SentPlace | null;
}

/** Spans as JSON. */
export function sentSpans(spans: readonly TraceSpan[] | NoTracing): readonly SentSpan[] | NoTracing {
  if ("why" in spans) return spans;
  return spans.map((span) => {
    const { name, attributes, events = [], links = [], status, resource, parentSpanContext } = span;
    return {
      name,
      attributes,
      events: events.map((event) => ({ name: event.name, attributes: event.attributes ?? {} })),
      links: links.map((link) => ({ attributes: link.attributes ?? {}, place: placeOf(link.context) })),
      ...(status?.message === undefined ? {} : { status: { message: status.message } }),
      ...(resource?.attributes === undefined ? {} : { resource: { attributes: resource.attributes } }),
      parent: parentSpanContext === undefined ? null : placeOf(parentSpanContext),
      place: placeOf(span.spanContext()),
    };
  });
}

/** The other end of {@link sentSpans}. */
export function readSpans(sent: readonly SentSpan[] | NoTracing): readonly TraceSpan[] | NoTracing {
  if ("why" in sent) return sent;
  return sent.map(({ links, place, parent, ...span }) => ({
    ...span,
    links: links.map((link) => ({ attributes: { ...link.attributes }, context: contextOf(link.place) })),
    ...(parent === null ? {} : { parentSpanContext: contextOf(parent) }),
    spanContext: () => contextOf(place),
  }));
}

type Context = ReturnType<TraceSpan["spanContext"]>;

function placeOf({ traceId, spanId, traceState }: Context): SentPlace {
  return { traceId, spanId, state: traceState?.serialize() ?? "" };
}

function contextOf({ traceId, spanId, state }: SentPlace): Context {
  return { traceId, spanId, traceState: { serialize: () => state } };
}
