import { type Reason, isMoney } from "@watchword/core";
import type { ToolRequest } from "../situation.ts";
import type { Change, GrantMatter } from "./grant-matter.ts";
import { isSpending } from "./spending-rows.ts";

const REQUESTS: readonly (readonly [ToolRequest, string, readonly Reason[]])[] = [
  ["other-object", "a request for another object", ["request_mismatch"]],
  ["other-operation", "a request for another operation", ["request_mismatch", "target_refused"]],
  ["other-amount", "a request for another amount", ["request_mismatch"]],
  ["without-proof", "a request without a proof", ["proof_invalid"]],
  ["by-another-run", "a request by another run", ["proof_invalid", "lease_unknown"]],
  ["twice", "a second request", ["lease_used"]],
  ["after-expiry", "a request after the lease's end", ["lease_expired"]],
  ["after-run-end", "a request after the run's end", ["run_ended", "lease_expired"]],
];

/** The credential: what the tool sends with what it was given, when that is not what was decided. */
export function credentialRows(matter: GrantMatter): Change[] {
  const { grant, baseline, values } = matter;
  if (grant.custody === "released") return [];
  const named = values.foreign[grant.operation] ?? values.missing[grant.operation] ?? values.resource;
  return REQUESTS.filter(([request]) => {
    if (request === "other-object") return named !== undefined;
    return request !== "other-amount" || Object.values(baseline.action.arguments).some(isMoney);
  }).map(([request, title, expected]) => ({
    fact: "credential",
    mutation: request,
    title,
    mutated: {
      ...baseline,
      request,
      ...(request === "after-expiry" ? { lived: grant.leaseSeconds + 1 } : {}),
    },
    expected,
    // A lease that was given leaves its traces with whoever comes next; so does an effect.
    alone: isSpending(matter) || (request === "twice" && matter.entry.access === "write"),
  }));
}
