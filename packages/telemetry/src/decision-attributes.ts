import type { Attributes } from "@opentelemetry/api";
import type { Decision, Reason } from "@watchword/core";
import { ATTRIBUTES } from "./attribute-names.ts";
import { knownAttributes } from "./known-attributes.ts";

/** What was decided about an action. The action is named by its digest; its arguments and its `txn` have no place here. */
export interface SpanDecision {
  /** Absent when nothing was decided: the runtime itself failed before it asked. */
  readonly decisionId?: string;
  readonly outcome: Decision["outcome"];
  readonly reason?: Reason;
  readonly policyVersion?: string;
  /** `runtime`: denied by a projection of the policy, without asking. Absent: the broker decided, or nobody. */
  readonly decidedBy?: "runtime";
  readonly approval?: "none" | "pending" | "granted";
  readonly evidence?: "none" | "pass" | "fail" | "pending" | "missing";
  /** Absent when no action was read yet. */
  readonly actionDigest?: string;
  readonly system?: string;
  readonly operation?: string;
}

/** What a span says of a decision. A denial's `error.type` is its reason. */
export function decisionAttributes(decision: SpanDecision): Attributes {
  return knownAttributes({
    [ATTRIBUTES.decisionId]: decision.decisionId,
    [ATTRIBUTES.decisionOutcome]: decision.outcome,
    [ATTRIBUTES.decisionReason]: decision.reason,
    [ATTRIBUTES.policyVersion]: decision.policyVersion,
    [ATTRIBUTES.decidedBy]: decision.decidedBy,
    [ATTRIBUTES.approvalState]: decision.approval,
    [ATTRIBUTES.evidenceState]: decision.evidence,
    [ATTRIBUTES.actionDigest]: decision.actionDigest,
    [ATTRIBUTES.actionSystem]: decision.system,
    [ATTRIBUTES.actionOperation]: decision.operation,
    [ATTRIBUTES.errorType]: decision.outcome === "deny" ? (decision.reason ?? "access_denied") : undefined,
  });
}
