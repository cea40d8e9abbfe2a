import type { CheckSource } from "@watchword/core";
import type { EvidenceSource } from "@watchword/policy";

/** Events for which the workflow's text comes from the protected ref, unless the policy names fewer. */
const DEFAULT_EVENTS = ["push", "pull_request_target"] as const;

/** A declared source of check runs with its defaults; `undefined` for a source of signed statements. */
export function checkSource(name: string, declared: EvidenceSource): CheckSource | undefined {
  switch (declared.issuer) {
    case "dsse":
      return undefined;
    case "github-app":
      return {
        issuer: declared.issuer,
        check: declared.check ?? name,
        repositoryId: declared.repositoryId,
        ownerId: declared.ownerId,
        app: declared.app,
      };
    case "github-actions":
      return {
        issuer: declared.issuer,
        check: declared.check ?? name,
        repositoryId: declared.repositoryId,
        ownerId: declared.ownerId,
        workflow: declared.workflow,
        ref: declared.ref,
        events: declared.events ?? DEFAULT_EVENTS,
      };
  }
}
