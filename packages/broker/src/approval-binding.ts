import { type ApprovalDecision, type ValueMap, digestOf, sha256 } from "@watchword/core";
import type { VerifiedAssertion } from "./verify-assertion.ts";

/**
 * What an approval fits: the digest over everything that the approver's yes was about. Recomputed with freshly resolved
 * facts and the expiry that was kept, at the act that spends it; any difference is `approval_mismatch`. The run is not part
 * of it, so that an approval outlives the death of the process that asked.
 */
export function approvalBinding(
  issuer: string,
  assertion: VerifiedAssertion,
  decision: ApprovalDecision,
  shownText: string,
  expiresAt: number,
): string {
  return digestOf({ ...boundParts(issuer, assertion, decision, shownText), expires_at: expiresAt });
}

/** The same without the expiry: whoever asks for this again, asks for the approval that is there. */
export function approvalRequest(
  issuer: string,
  assertion: VerifiedAssertion,
  decision: ApprovalDecision,
  shownText: string,
): string {
  return digestOf(boundParts(issuer, assertion, decision, shownText));
}

function boundParts(
  issuer: string,
  assertion: VerifiedAssertion,
  decision: ApprovalDecision,
  shownText: string,
): ValueMap {
  const { record } = assertion.run;
  return {
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
  };
}
