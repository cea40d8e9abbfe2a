import {
  type Decision,
  type DecisionRequest,
  type DenyDecision,
  type Explanation,
  digestOf,
} from "@watchword/core";
import { type GrantResult, evaluateGrant } from "./evaluate-grant.ts";
import { type Policy, grantKey } from "./policy.ts";

/**
 * Decides one action: pure, synchronous, and the same for the same policy and request. Only the grants of the agent for
 * this operation are looked at, however many there are. It never throws: whatever goes wrong inside is a deny.
 */
export function decide(policy: Policy, request: DecisionRequest): Decision {
  try {
    return evaluate(policy, request);
  } catch {
    return {
      outcome: "deny",
      reason: "policy_unavailable",
      failedFact: "policy",
      grant: undefined,
      policyVersion: policy.version,
      factsDigest: "",
      explanation: { check: "policy", passed: false, held: "deciding failed" },
    };
  }
}

/** Whether any grant speaks of the agent and operation at all; without one nothing needs to be looked up. */
export function hasGrant(policy: Policy, agent: string, system: string, operation: string): boolean {
  return policy.index.has(grantKey(agent, system, operation));
}

function evaluate(policy: Policy, request: DecisionRequest): Decision {
  const { action, agent } = request;
  const grants = policy.index.get(grantKey(agent.id, action.system, action.operation)) ?? [];
  const results = grants.map((grant) => evaluateGrant(grant, request));
  const base = {
    policyVersion: policy.version,
    factsDigest: digestOf({ owners: request.facts.owners, values: request.facts.values }),
  };
  const explanation = (passed: boolean): Explanation => ({
    check: `grants of ${agent.id} for ${action.system}/${action.operation}`,
    passed,
    held: `${grants.length}`,
    children: results.map((result) => result.explanation),
  });
  // A shadow grant is evaluated and explained, and never allows.
  const counted = results.filter((result) => !result.grant.shadow);
  const allowed =
    counted.find((result) => result.outcome === "allow") ??
    counted.find((result) => result.outcome === "approval_required");
  if (allowed?.outcome === "allow")
    return { ...base, ...allowed.permission, outcome: "allow", explanation: explanation(true) };
  if (allowed?.outcome === "approval_required") {
    return {
      ...base,
      ...allowed.permission,
      outcome: "approval_required",
      reason: "approval_required",
      approvers: allowed.approvers,
      approvalSeconds: allowed.approvalSeconds,
      explanation: explanation(true),
    };
  }
  return { ...base, ...denial(counted), outcome: "deny", explanation: explanation(false) };
}

/** The refusal of the grant that came closest says most. */
function denial(results: readonly GrantResult[]): Pick<DenyDecision, "reason" | "failedFact" | "grant"> {
  const [closest] = results
    .flatMap((result) => (result.outcome === "deny" ? [result] : []))
    .toSorted((a, b) => b.passedChecks - a.passedChecks);
  if (closest === undefined) return { reason: "not_granted", failedFact: "action", grant: undefined };
  return { reason: closest.reason, failedFact: closest.failedFact, grant: closest.grant.id };
}
