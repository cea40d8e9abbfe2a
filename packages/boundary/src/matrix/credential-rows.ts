import { type Reason, findOperation, isMoney } from "@watchword/core";
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

/** Of a token that was released to the tool: what the service itself refuses. The end of its run it does not hear of. */
const AT_SERVICE: typeof REQUESTS = [
  ["other-object", "a token for another object", ["request_mismatch"]],
  ["other-operation", "a token for another operation", ["request_mismatch"]],
  ["other-amount", "a token for another amount", ["request_mismatch"]],
  ["without-proof", "a token as Bearer", ["proof_invalid"]],
  ["by-another-run", "a token with another run's proof", ["proof_invalid"]],
  ["twice", "a token a second time", ["token_replayed"]],
  ["after-expiry", "a token after its end", ["token_expired"]],
  ["at-another-service", "a token at another service", ["token_wrong_audience"]],
];

/** The credential: what the tool sends with what it was given, when that is not what was decided. */
export function credentialRows(matter: GrantMatter): Change[] {
  const { grant, baseline, values } = matter;
  const released = grant.custody === "released";
  // Of another credential that was released nobody but its system can say what it is worth.
  if (released && values.audience === undefined) return [];
  const named =
    values.foreign[grant.operation] ??
    values.missing[grant.operation] ??
    values.resource ??
    (released ? values.more?.[grant.operation]?.[0] : undefined);
  return (released ? AT_SERVICE : REQUESTS)
    .filter(([request]) => {
      if (request === "other-object") return named !== undefined;
      if (request === "at-another-service") return otherServices(matter) > 0;
      return request !== "other-amount" || Object.values(baseline.action.arguments).some(isMoney);
    })
    .map(([request, title, expected]) => ({
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

/** Services besides the grant's that can be asked for the same. */
function otherServices({ grant, systems }: GrantMatter): number {
  return Object.entries(systems).filter(
    ([name, { audience, catalogue }]) =>
      name !== grant.system &&
      audience !== undefined &&
      findOperation(catalogue, grant.operation) !== undefined,
  ).length;
}
