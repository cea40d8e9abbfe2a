import type { Missing } from "./readiness.ts";

/** What `/readyz` says: 200, or 503 with the parts that are missing. */
export function readyAnswer(missing: readonly Missing[]): {
  readonly status: 200 | 503;
  readonly body: { readonly status: string; readonly missing?: readonly Missing[] };
} {
  return missing.length === 0
    ? { status: 200, body: { status: "ready" } }
    : { status: 503, body: { status: "not_ready", missing } };
}
