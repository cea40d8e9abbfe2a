import { type Explanation, type LedgerRecord, REASONS, type ValueMap, isReason } from "@watchword/core";
import { readExplanation } from "./read-explanation.ts";
import type { RecordedDecision } from "./sqlite/open-ledger.ts";
import { whatIsNeeded } from "./what-is-needed.ts";

/** Everything the ledger says about one decision, for an operator and never for a model: it quotes policy and arguments. */
export interface DecisionReport {
  readonly decision_id: string;
  readonly outcome: string;
  /** `runtime`: denied by a projection of the policy; the broker was not asked, and looked at nothing. */
  readonly decided_by: string | null;
  readonly reason: string | null;
  /** The reason's sentence of the one table. */
  readonly reason_text: string | null;
  readonly failed_fact: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly tenant: string | null;
  readonly agent: string | null;
  readonly run: string | null;
  readonly root: string | null;
  readonly thread: string | null;
  readonly workload: string | null;
  readonly principal_kind: string | null;
  /** `null` when it was never recorded, or is erased. */
  readonly principal: { readonly issuer: string; readonly subject: string } | null;
  readonly system: string | null;
  readonly operation: string | null;
  readonly tool: string | null;
  readonly arguments: ValueMap | null;
  readonly action_digest: string | null;
  readonly grant: string | null;
  readonly policy_version: string | null;
  readonly isolation: string | null;
  readonly approval: string | null;
  /** What was checked, in order; each grant ends with the first check that fails. */
  readonly checks: Explanation | null;
  /** Why it was refused, in words, where no policy was asked. */
  readonly detail: string | null;
  /** What the same action would need in order to be allowed; empty when it was. */
  readonly needed: readonly string[];
  /** What became of it. */
  readonly afterwards: readonly { readonly kind: string; readonly at: string; readonly body: ValueMap }[];
  /** Whether the personal part (who, arguments, checks) was erased. */
  readonly erased: boolean;
  readonly ledger: {
    readonly replica: string;
    readonly sequence: number;
    readonly previous: string;
    readonly hash: string;
    readonly intact: boolean;
  };
}

/** Brings a recorded decision into the form that `watchword explain` and the console show. Pure; it asks no policy. */
export function explainDecision({ record, personal, intact, others }: RecordedDecision): DecisionReport {
  const { body } = record;
  const reason =
    text(body["reason"]) ?? (body["outcome"] === "approval_required" ? "approval_required" : null);
  const checks = readExplanation(personal?.["explanation"]) ?? null;
  const base = {
    outcome: text(body["outcome"]) ?? "unknown",
    reason,
    agent: text(body["agent"]),
    system: text(body["system"]),
    operation: text(body["operation"]),
    approval: text(body["approval"]),
    checks,
  };
  return {
    decision_id: record.decisionId ?? "",
    ...base,
    decided_by: text(body["decided_by"]),
    reason_text: isReason(reason) ? REASONS[reason].text : null,
    failed_fact: text(body["failed_fact"]),
    at: timeOf(record),
    tenant: record.tenant,
    run: text(body["run"]),
    root: text(body["root"]),
    thread: text(body["thread"]),
    workload: text(body["workload"]),
    principal_kind: text(body["principal_kind"]),
    principal: principalOf(personal),
    tool: text(body["tool"]),
    arguments: mapOf(personal?.["arguments"]),
    action_digest: text(body["action_digest"]),
    grant: text(body["grant"]),
    policy_version: text(body["policy_version"]),
    isolation: text(body["isolation"]),
    detail: text(personal?.["detail"]),
    needed: whatIsNeeded(base),
    afterwards: others.map((other) => ({ kind: other.kind, at: timeOf(other), body: other.body })),
    erased: record.commitment !== undefined && personal === undefined,
    ledger: {
      replica: record.replica,
      sequence: record.sequence,
      previous: record.previous,
      hash: record.hash,
      intact,
    },
  };
}

function principalOf(personal: ValueMap | undefined): DecisionReport["principal"] {
  const principal = mapOf(personal?.["principal"]);
  const [issuer, subject] = [text(principal?.["issuer"]), text(principal?.["subject"])];
  return issuer === null || subject === null ? null : { issuer, subject };
}

function timeOf({ at }: LedgerRecord): string {
  return new Date(at).toISOString();
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function mapOf(value: ValueMap[string] | undefined): ValueMap | null {
  return typeof value === "object" && !Array.isArray(value) ? (value as ValueMap) : null;
}
