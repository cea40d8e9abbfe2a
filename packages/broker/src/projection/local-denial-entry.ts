import { type LedgerEntry, type ReportedDenial, localDecisionId } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import type { VerifiedRun } from "../run-token.ts";
import { runBody } from "../decision-entry.ts";

/**
 * The ledger entry of one local denial. INVARIANT: who it was comes from the run alone, it is never anything but a denial, and
 * `decided_by` says that the broker did not decide it: facts, approvals and budgets were not looked at.
 */
export function localDenialEntry(
  context: BrokerContext,
  run: VerifiedRun,
  denial: ReportedDenial,
): LedgerEntry {
  const { record } = run;
  return {
    kind: "decision",
    at: context.clock.now(),
    tenant: record.tenant,
    decisionId: localDecisionId(record.id, denial),
    body: {
      ...runBody(context, run),
      system: denial.system,
      operation: denial.operation,
      action_digest: denial.action_digest,
      tool: denial.call.tool,
      reason: denial.reason,
      failed_fact: denial.failed_fact,
      policy_version: denial.policy_version,
      outcome: "deny",
      decided_by: "runtime",
      denied_at: denial.at,
    },
    personal: {
      principal: { issuer: record.principal.issuer, subject: record.principal.subject },
      detail: "denied by the runtime from its projection of the policy; the broker was not asked",
    },
  };
}
