import { type ApprovalDecision, digestOf, sha256 } from "@watchword/core";
import type { VerifiedAssertion } from "./verify-assertion.ts";

/**
 * What an approval fits: the digest over everything that the approver's yes was about. Recomputed with freshly resolved
 * facts at the act that spends it; any difference is `approval_mismatch`. The run is not part of it, so that an approval
 * outlives the death of the process that asked.
 */
export function approvalBinding(
  issuer: string,
  assertion: VerifiedAssertion,
  decision: ApprovalDecision,
  shownText: string,
  expiresAt: number,
): string {
  const { record } = assertion.run;
  return digestOf({
    broker: issuer,
    tenant: record.tenant,
    thread: record.thread,
    agent: record.agent,
    principal: {
      kind: record.principal.kind,
      issuer: record.principal.issuer,
      subject: record.principal.subject,
    },
    tool: assertion.tool,
    action: assertion.actionDigest,
    grant: decision.grantDigest,
    facts: decision.factsDigest,
    text: sha256(shownText),
    expires_at: expiresAt,
  });
}
