import { SpanKind, context } from "@opentelemetry/api";
import { type Access, Refusal } from "@watchword/core";
import { attempt } from "./attempt.ts";
import { ATTRIBUTES, SPANS } from "./attribute-names.ts";
import { frameworkToolSpan } from "./framework-tool-span.ts";
import { insideContext } from "./inside-context.ts";
import { type SpanPrincipal, principalAttributes } from "./principal-attributes.ts";
import { runInSpan } from "./run-in-span.ts";
import { type SpanRecorder, recorderOf, refusalAttributes } from "./span-recorder.ts";
import { contextWith } from "./with-principal.ts";

/** A call of a guarded tool. */
export interface ToolCall {
  readonly tool: string;
  readonly callId: string;
  /** Whether the tool's operation has effects; unknown unless said, and then treated as if it had. */
  readonly access?: Access | "unknown";
}

/**
 * Runs a tool call on the framework's own `execute_tool` span when one is active for this tool, else on a new span of
 * that name; with the principal on it from its start. Result and error are `fn`'s own. It ends only a span that it started.
 */
export async function withToolSpan<Result>(
  call: ToolCall,
  principal: SpanPrincipal,
  fn: (span: SpanRecorder) => Promise<Result>,
): Promise<Result> {
  const attributes = () => ({
    ...principalAttributes(principal),
    [ATTRIBUTES.callId]: call.callId,
    [ATTRIBUTES.access]: call.access ?? "unknown",
  });
  const inner = attempt(() => contextWith(context.active(), principal));
  const framework = frameworkToolSpan(call.tool);
  if (framework === undefined)
    return runInSpan(() => {
      const conventional = {
        [ATTRIBUTES.operationName]: SPANS.tool,
        [ATTRIBUTES.toolName]: call.tool,
        [ATTRIBUTES.toolCallId]: call.callId,
        [ATTRIBUTES.toolType]: "function",
      };
      const options = { kind: SpanKind.INTERNAL, attributes: { ...conventional, ...attributes() } };
      return {
        name: `${SPANS.tool} ${call.tool}`,
        options,
        ...(inner === undefined ? {} : { outer: inner }),
      };
    }, fn);
  attempt(() => framework.setAttributes(attributes()));
  try {
    return await insideContext(inner, () => fn(recorderOf(framework)));
  } catch (error) {
    // The framework says on its span that the tool failed; which refusal it was, only we know.
    attempt(() => {
      if (Refusal.is(error)) framework.setAttributes(refusalAttributes(error.reason));
    });
    throw error;
  }
}
