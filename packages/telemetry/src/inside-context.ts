import { type Context, context } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";

type Outcome<Result> = { readonly value: Result } | { readonly thrown: unknown };

/** Runs `fn` exactly once, inside `inner` when the context manager can, with the result and the error that are its own. */
export function insideContext<Result>(inner: Context | undefined, fn: () => Result): Result {
  let outcome: Outcome<Result> | undefined;
  if (inner !== undefined) attempt(() => context.with(inner, () => void (outcome ??= outcomeOf(fn))));
  const settled = outcome ?? outcomeOf(fn);
  if ("thrown" in settled) throw settled.thrown;
  return settled.value;
}

function outcomeOf<Result>(fn: () => Result): Outcome<Result> {
  try {
    return { value: fn() };
  } catch (thrown) {
    return { thrown };
  }
}
