import { type Span, trace } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";
import { ATTRIBUTES, SPANS } from "./attribute-names.ts";

/**
 * The active span when it is the one that the agent framework opened for this tool, and no other call of a guarded tool
 * wrote on it yet: one span carries one decision.
 */
export function frameworkToolSpan(tool: string): Span | undefined {
  return attempt(() => {
    const span = trace.getActiveSpan();
    return span?.isRecording() === true && isFor(span, tool) ? span : undefined;
  });
}

function isFor(span: Span, tool: string): boolean {
  // The SDK's spans let both be read; the API's own type has neither.
  const { name, attributes } = span as unknown as { readonly name?: unknown; readonly attributes?: unknown };
  if (isRecord(attributes)) {
    if (attributes[ATTRIBUTES.callId] !== undefined) return false;
    if (attributes[ATTRIBUTES.operationName] !== undefined)
      return attributes[ATTRIBUTES.operationName] === SPANS.tool && attributes[ATTRIBUTES.toolName] === tool;
  }
  return name === SPANS.tool || name === `${SPANS.tool} ${tool}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
