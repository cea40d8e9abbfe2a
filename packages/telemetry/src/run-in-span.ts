import { type Context, type SpanOptions, context, trace } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";
import { NAMES_VERSION, SCOPE } from "./attribute-names.ts";
import { insideContext } from "./inside-context.ts";
import { type SpanRecorder, recordThrown, recorderOf } from "./span-recorder.ts";

/** A span to start: its name, its options and the context it starts in. */
export interface NewSpan {
  readonly name: string;
  readonly options: SpanOptions;
  readonly outer?: Context;
}

/**
 * Runs `fn` inside a new span and ends it. Result and error are `fn`'s own, whatever telemetry does; without a provider
 * nothing is recorded. `newSpan` is called inside the attempt, so that it may fail too.
 */
export async function runInSpan<Result>(
  newSpan: () => NewSpan,
  fn: (span: SpanRecorder) => Promise<Result>,
): Promise<Result> {
  const started = attempt(() => {
    const { name, options, outer = context.active() } = newSpan();
    const span = trace.getTracer(SCOPE, NAMES_VERSION).startSpan(name, options, outer);
    return { span, inner: trace.setSpan(outer, span) };
  });
  try {
    return await insideContext(started?.inner, () => fn(recorderOf(started?.span)));
  } catch (error) {
    if (started !== undefined) recordThrown(started.span, error);
    throw error;
  } finally {
    attempt(() => started?.span.end());
  }
}
