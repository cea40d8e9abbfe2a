import type { ApprovalState, ApprovalStatus, Json } from "@watchword/core";

const STATES: ReadonlySet<unknown> = new Set<ApprovalState>([
  "pending",
  "granted",
  "denied",
  "spent",
  "expired",
  "withdrawn",
]);

/** An approval's state as a broker says it; `undefined` for anything else. */
export function readApprovalStatus(json: Json): ApprovalStatus | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
  const { id, state, expires_at, interval } = json;
  if (typeof id !== "string" || !STATES.has(state)) return undefined;
  if (typeof expires_at !== "number" || typeof interval !== "number") return undefined;
  return { id, state: state as ApprovalState, expires_at, interval };
}
