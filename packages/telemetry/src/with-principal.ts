import { type Attributes, type Context, context, createContextKey } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";
import { insideContext } from "./inside-context.ts";
import { type SpanPrincipal, principalAttributes } from "./principal-attributes.ts";

const PRINCIPAL = createContextKey("watchword.principal");

/**
 * Runs `fn` with the principal in OpenTelemetry's context, where `principalSpanProcessor` finds it. The context does not
 * leave the process; baggage, which does and which anybody can write, is never used.
 */
export function withPrincipal<Result>(principal: SpanPrincipal, fn: () => Result): Result {
  return insideContext(
    attempt(() => contextWith(context.active(), principal)),
    fn,
  );
}

/** The context with the principal in it: its attributes, made once and frozen. */
export function contextWith(outer: Context, principal: SpanPrincipal): Context {
  return outer.setValue(PRINCIPAL, Object.freeze(principalAttributes(principal)));
}

/** Attributes of the context's principal; `undefined` outside of every run. */
export function contextPrincipal(inner: Context): Attributes | undefined {
  const held = inner.getValue(PRINCIPAL);
  return typeof held === "object" && held !== null ? (held as Attributes) : undefined;
}
