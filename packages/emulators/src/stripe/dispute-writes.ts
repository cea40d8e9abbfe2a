import { readBoolean } from "./parameters.ts";
import { readMetadata } from "./read-metadata.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { TwinDispute } from "./twin-objects.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

/** What can be done to disputes that are there. */
export const DISPUTE_WRITES: readonly WriteEndpoint[] = [
  {
    method: "POST",
    path: /^\/v1\/disputes\/([A-Za-z0-9_]+)$/,
    resource: "disputes",
    parameters: { plain: ["submit"], maps: ["evidence", "metadata"] },
    begin(parameters, { id }) {
      // Left out, evidence goes to the bank at once.
      const submit = readBoolean(parameters, "submit") ?? true;
      const evidence = parameters.maps.get("evidence") ?? {};
      const metadata = readMetadata(parameters);
      return (account) => {
        const dispute = account.disputes.get(id);
        if (dispute === undefined) throw missingObject("dispute", id, "dispute");
        if (dispute.status !== "needs_response")
          throw new StripeProblem(400, { message: "This dispute is already closed" });
        const changed: TwinDispute = {
          ...dispute,
          evidence: { ...dispute.evidence, ...evidence },
          evidence_details: {
            submission_count: dispute.evidence_details.submission_count + (submit ? 1 : 0),
          },
          metadata: { ...dispute.metadata, ...metadata },
          status: submit ? "under_review" : dispute.status,
        };
        account.disputes.set(id, changed);
        return changed;
      };
    },
  },
  {
    method: "POST",
    path: /^\/v1\/disputes\/([A-Za-z0-9_]+)\/close$/,
    resource: "disputes",
    parameters: { plain: [] },
    begin:
      (_parameters, { id }) =>
      (account) => {
        const dispute = account.disputes.get(id);
        if (dispute === undefined) throw missingObject("dispute", id, "dispute");
        if (dispute.status !== "needs_response")
          throw new StripeProblem(400, { message: "This dispute is already closed" });
        const lost: TwinDispute = { ...dispute, status: "lost" };
        account.disputes.set(id, lost);
        return lost;
      },
  },
];
