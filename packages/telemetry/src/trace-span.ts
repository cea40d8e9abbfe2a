interface Described {
  readonly attributes?: Readonly<Record<string, unknown>>;
}

interface Place {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: { serialize(): string } | undefined;
}

/** A finished span as `checkTrace` reads it; the SDK's `ReadableSpan` is one. */
export interface TraceSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events?: readonly (Described & { readonly name: string })[];
  readonly links?: readonly (Described & { readonly context: Place })[];
  readonly status?: { readonly message?: string };
  readonly resource?: Described;
  readonly parentSpanContext?: Place | undefined;
  spanContext(): Place;
}

/** Every text that leaves the process with a span, with where it stands; `where` quotes no value. */
export function* spanTexts(span: TraceSpan): Generator<readonly [where: string, text: string]> {
  yield ["its name", span.name];
  yield* attributeTexts("attribute", span.attributes);
  for (const event of span.events ?? []) {
    yield ["an event's name", event.name];
    yield* attributeTexts("event attribute", event.attributes);
  }
  for (const link of span.links ?? []) {
    yield* attributeTexts("link attribute", link.attributes);
    yield ["a link's trace state", link.context.traceState?.serialize() ?? ""];
  }
  yield ["its status", span.status?.message ?? ""];
  yield ["its trace state", span.spanContext().traceState?.serialize() ?? ""];
  yield* attributeTexts("resource attribute", span.resource?.attributes);
}

function* attributeTexts(
  kind: string,
  attributes: Readonly<Record<string, unknown>> | undefined,
): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    yield [`${kind} name`, name];
    for (const text of textsIn(value)) yield [`${kind} ${name}`, text];
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (ArrayBuffer.isView(value))
    return [Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1")];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
  return [];
}
