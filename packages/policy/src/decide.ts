import {
  type Decision,
  type DecisionRequest,
  type DenyDecision,
  type Explanation,
  type ValueMap,
  digestOf,
} from "@watchword/core";
import type { EvidenceSource } from "./evidence-source.ts";
import { type GrantResult, evaluateGrant } from "./evaluate-grant.ts";
import { type Policy, type PolicyIndex, grantKey } from "./policy.ts";

/**
 * Decides one action: pure, synchronous, and the same for the same policy and request. Only the grants of the agent for
 * this operation are looked at, however many there are. It never throws: whatever goes wrong inside is a deny.
 */
export function decide(policy: PolicyIndex, request: DecisionRequest): Decision {
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

/** The declared sources that grants for this call rest on, each with the fact that names its commit. */
export function evidenceFor(
  policy: Policy,
  agent: string,
  system: string,
  operation: string,
): ReadonlyMap<string, { readonly declared: EvidenceSource; readonly commit: readonly string[] }> {
  const needed = new Map<string, { declared: EvidenceSource; commit: readonly string[] }>();
  for (const { evidence } of policy.index.get(grantKey(agent, system, operation)) ?? []) {
    if (evidence === undefined) continue;
    const declared = policy.document.evidence[evidence.source];
    if (declared !== undefined) needed.set(evidence.source, { declared, commit: evidence.commit });
  }
  return needed;
}

/** Whether any grant speaks of the agent and operation at all; without one nothing needs to be looked up. */
export function hasGrant(policy: Policy, agent: string, system: string, operation: string): boolean {
  return policy.index.has(grantKey(agent, system, operation));
}

function evaluate(policy: PolicyIndex, request: DecisionRequest): Decision {
  const { action, agent } = request;
  const grants = policy.index.get(grantKey(agent.id, action.system, action.operation)) ?? [];
  const results = grants.map((grant) => evaluateGrant(policy, grant, request));
  const base = {
    policyVersion: policy.version,
    factsDigest: digestOf({
      owners: request.facts.owners,
      values: request.facts.values,
      ...evidenceFacts(request),
    }),
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
      escalation: allowed.escalation,
      explanation: explanation(true),
    };
  }
  return { ...base, ...denial(counted), outcome: "deny", explanation: explanation(false) };
}

/** What evidence said, without when: a repeated green run is the same fact. */
function evidenceFacts({ evidence = {} }: DecisionRequest): ValueMap {
  const facts = Object.entries(evidence).map(([source, { state, commit }]) => [source, { state, commit }]);
  return facts.length === 0 ? {} : { evidence: Object.fromEntries(facts) as ValueMap };
}

/** The refusal of the grant that came closest says most. */
function denial(results: readonly GrantResult[]): Pick<DenyDecision, "reason" | "failedFact" | "grant"> {
  const [closest] = results
    .flatMap((result) => (result.outcome === "deny" ? [result] : []))
    .toSorted((a, b) => b.passedChecks - a.passedChecks);
  if (closest === undefined) return { reason: "not_granted", failedFact: "action", grant: undefined };
  return { reason: closest.reason, failedFact: closest.failedFact, grant: closest.grant.id };
}
