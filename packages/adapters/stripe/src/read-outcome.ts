import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import { z } from "zod";
import { routeOf } from "./routes.ts";
import { isObjectName } from "./stripe-id.ts";

const Id = z.string().regex(/^[a-z]{2,8}_[A-Za-z0-9_]{1,120}$/);
/** Other objects that an answer names: they are found again by them. */
const RELATED = ["charge", "customer", "invoice", "payment_intent"] as const;
const Answer = z.object({
  object: z.string(),
  id: Id,
  charge: Id.nullish(),
  customer: Id.nullish(),
  invoice: Id.nullish(),
  payment_intent: Id.nullish(),
});
const Failure = z.object({ error: z.object({ type: z.string() }) });

/**
 * What Stripe's answer says about the effect. A write is `none` only after an answer that Stripe gives before it does
 * anything; whatever could come after the effect is `unknown`. A read has no effect to lose.
 */
export function readOutcome(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome {
  if (response === undefined)
    return { effect: authority.access === "read" ? "none" : "unknown", ids: {}, status: 0 };
  const { status } = response;
  const success = status >= 200 && status < 300;
  if (authority.access === "read")
    return { effect: success ? "done" : "none", ids: success ? namedIds(authority) : {}, status };
  const body = parseBody(response.body);
  if (!success) return { effect: isDefinite(status, body) ? "none" : "unknown", ids: {}, status };
  const ids = answeredIds(authority, body);
  // A success that is not Stripe's own (a proxy's page), or about another object, proves nothing.
  return ids === undefined ? { effect: "unknown", ids: {}, status } : { effect: "done", ids, status };
}

function answeredIds(authority: Authority, body: unknown): Record<string, string> | undefined {
  const { answer, pathArgument } = routeOf(authority.operation);
  const parsed = Answer.safeParse(body);
  if (!parsed.success || parsed.data.object !== answer) return undefined;
  const { id } = parsed.data;
  if (pathArgument !== undefined && authority.arguments[pathArgument] !== id) return undefined;
  // INVARIANT: a refund of another charge is not the effect that was decided.
  if (RELATED.some((name) => isOther(parsed.data[name], authority.arguments[name]))) return undefined;
  const related = RELATED.flatMap((name) => {
    const other = parsed.data[name];
    return other == null ? [] : [[name, other] as const];
  });
  return { ...Object.fromEntries(related), [answer]: id };
}

function isOther(answered: string | null | undefined, named: unknown): boolean {
  return answered != null && named !== undefined && answered !== named;
}

function isDefinite(status: number, body: unknown): boolean {
  const failure = Failure.safeParse(body);
  // A key that was used with other parameters: an earlier attempt under this key may have had its effect.
  if (failure.success && failure.data.error.type === "idempotency_error") return false;
  return status === 429 || (failure.success && [400, 401, 402, 403, 404].includes(status));
}

function namedIds(authority: Authority): Record<string, string> {
  const named = Object.entries(authority.arguments).flatMap(([name, value]) =>
    isObjectName(name) && typeof value === "string" ? [[name, value] as const] : [],
  );
  return Object.fromEntries(named);
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
