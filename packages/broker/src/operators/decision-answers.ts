import type { LedgerRecord } from "@watchword/core";
import { z } from "zod";
import { type DecisionReport, explainDecision } from "../explain-decision.ts";
import { Time } from "./operation-parts.ts";

const Text = z.string().nullable();

/** One decision in a listing: what the chain says of it. */
export const DecisionSummary = z.object({
  decision_id: z.string(),
  at: Time,
  tenant: Text,
  outcome: z.string(),
  reason: Text,
  failed_fact: Text,
  agent: Text,
  run: Text,
  root: Text,
  thread: Text,
  workload: Text,
  principal_kind: Text,
  system: Text,
  operation: Text,
  tool: Text,
  action_digest: Text,
  grant: Text,
  policy_version: Text,
  isolation: Text,
  approval: Text,
});

/** One decision with what became of it. */
export const DecisionAnswer = DecisionSummary.extend({
  reason_text: Text,
  afterwards: z.array(z.object({ kind: z.string(), at: Time, body: z.record(z.string(), z.unknown()) })),
  erased: z.boolean().describe("whether what was personal was erased"),
  ledger: z.object({
    replica: z.string(),
    sequence: z.int(),
    previous: z.string(),
    hash: z.string(),
    intact: z.boolean(),
  }),
});

/** The same with what is personal. */
export const OpenedDecision = DecisionAnswer.extend({
  principal: z.object({ issuer: z.string(), subject: z.string() }).nullable(),
  arguments: z.record(z.string(), z.unknown()).nullable(),
  checks: z.record(z.string(), z.unknown()).nullable().describe("what was checked, as a tree"),
  detail: Text,
  approved_by: Text.describe("issuer and subject of whoever decided its approval"),
  needed: z.array(z.string()).describe("what the same action would need in order to be allowed"),
});

/** A record as it stands in a replica's chain: what its hash is over, and nothing from beside it. */
export const LedgerRecordAnswer = z.object({
  replica: z.string(),
  sequence: z.int(),
  kind: z.string(),
  at: z.int().describe("milliseconds since the epoch"),
  tenant: Text,
  decisionId: z.string().optional(),
  body: z.record(z.string(), z.unknown()),
  commitment: z.string().optional(),
  previous: z.string(),
  hash: z.string(),
});

/** What a decision's own record says. */
export function summaryOf(record: LedgerRecord): z.input<typeof DecisionSummary> {
  return explainDecision({ record, personal: undefined, intact: true, others: [] });
}

/** Everything about a decision, what is personal included. */
export function openedOf(
  found: Parameters<typeof explainDecision>[0],
  approvedBy: string | null,
): z.input<typeof OpenedDecision> {
  const { checks, needed, ...report } = explainDecision(found);
  return {
    ...report,
    approved_by: approvedBy,
    afterwards: afterwardsOf(report),
    arguments: report.arguments === null ? null : { ...report.arguments },
    checks: checks === null ? null : { ...checks },
    needed: [...needed],
  };
}

/** The same without what is personal. INVARIANT: it is not even handed on; opening it is an operation of its own. */
export function withoutPersonal(
  found: Parameters<typeof explainDecision>[0],
): z.input<typeof DecisionAnswer> {
  const report = explainDecision({ ...found, personal: undefined });
  return { ...report, afterwards: afterwardsOf(report), erased: explainDecision(found).erased };
}

function afterwardsOf({
  afterwards,
}: Pick<DecisionReport, "afterwards">): z.input<typeof DecisionAnswer>["afterwards"] {
  return afterwards.map((after) => ({ ...after, body: { ...after.body } }));
}
