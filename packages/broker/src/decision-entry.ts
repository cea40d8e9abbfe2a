import type { Explanation, LedgerEntry, Refusal, Value, ValueMap } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import type { DecidedAction } from "./decide-action.ts";
import type { VerifiedAssertion } from "./verify-assertion.ts";
import type { VerifiedRun } from "./run-token.ts";

/** The ledger entry of a decision that was reached, whatever it was. */
export function decisionEntry(
  context: BrokerContext,
  decided: DecidedAction,
  decisionId: string,
  more: ValueMap,
): LedgerEntry {
  const { decision, assertion } = decided;
  return entry(
    context,
    assertion.run,
    decisionId,
    assertion,
    {
      ...(decision.outcome === "deny"
        ? { reason: decision.reason, failed_fact: decision.failedFact }
        : { grant_digest: decision.grantDigest }),
      ...(decision.grant === undefined ? {} : { grant: decision.grant }),
      outcome: decision.outcome,
      policy_version: decision.policyVersion,
      facts_digest: decision.factsDigest,
      ...evidenceBody(decided),
      ...more,
    },
    { arguments: decided.completed.arguments, explanation: explanationValue(decision.explanation) },
  );
}

/** How the eval gate stood, about which commit. */
function evidenceBody({ evidence }: DecidedAction): ValueMap {
  const read = Object.entries(evidence).map(([source, { state, commit }]) => [source, { state, commit }]);
  return read.length === 0 ? {} : { evidence: Object.fromEntries(read) as ValueMap };
}

/** The ledger entry of a refusal before or after the policy's decision. */
export function refusalEntry(
  context: BrokerContext,
  run: VerifiedRun,
  decisionId: string,
  refusal: Refusal,
  assertion: VerifiedAssertion | undefined,
  decided: DecidedAction | undefined,
): LedgerEntry {
  const body = {
    outcome: "deny",
    reason: refusal.reason,
    ...(refusal.failedFact === undefined ? {} : { failed_fact: refusal.failedFact }),
  };
  if (decided !== undefined) return decisionEntry(context, decided, decisionId, body);
  return entry(
    context,
    run,
    decisionId,
    assertion,
    { ...body, policy_version: context.policy.version },
    { detail: refusal.message },
  );
}

function entry(
  context: BrokerContext,
  run: VerifiedRun,
  decisionId: string,
  assertion: VerifiedAssertion | undefined,
  body: ValueMap,
  personal: ValueMap,
): LedgerEntry {
  const { record } = run;
  const action =
    assertion === undefined
      ? {}
      : {
          system: assertion.action.system,
          operation: assertion.action.operation,
          action_digest: assertion.actionDigest,
          tool: assertion.tool,
        };
  return {
    kind: "decision",
    at: context.clock.now(),
    tenant: record.tenant,
    decisionId,
    body: {
      ...runBody(context, run),
      decided_by: "broker",
      ...action,
      ...body,
    },
    personal: {
      principal: { issuer: record.principal.issuer, subject: record.principal.subject },
      ...personal,
    },
  };
}

/** Whose decision it is, as stored when the run started. */
export function runBody(context: BrokerContext, { record }: VerifiedRun): ValueMap {
  return {
    agent: record.agent,
    run: record.id,
    root: record.root,
    thread: record.thread,
    ...(record.ancestors.length === 0 ? {} : { depth: record.ancestors.length, chain: record.chain }),
    workload: record.workload,
    principal_kind: record.principal.kind,
    assurance: record.assurance,
    isolation: context.isolation,
  };
}

function explanationValue(explanation: Explanation): Value {
  const { check, passed, required, held, children } = explanation;
  return {
    check,
    passed,
    ...(required === undefined ? {} : { required }),
    ...(held === undefined ? {} : { held }),
    ...(children === undefined ? {} : { children: children.map(explanationValue) }),
  };
}
