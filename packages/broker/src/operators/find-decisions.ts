import { type LedgerRecord, splitAgentReference } from "@watchword/core";
import type { z } from "zod";
import { type DecisionSummary, summaryOf } from "./decision-answers.ts";
import type { OperatorScope } from "./operator-scope.ts";

/** What a decision must be to be listed. */
export interface DecisionFilter {
  readonly tenant?: string;
  readonly before?: string | undefined;
  readonly agent?: string | undefined;
  readonly outcome?: "allow" | "deny" | "approval_required" | undefined;
  readonly limit: number;
}

const PAGE = 250;
/** Records that one answer looks at, at most: a filter that fits nothing must not read the whole ledger. */
const MAX_SCANNED = 2_000;

/** Decisions, the latest first. `next` goes on where this answer stopped looking, though it may have found less than `limit`. */
export async function findDecisions(
  { context: { store } }: OperatorScope,
  { tenant, before, limit, ...wanted }: DecisionFilter,
): Promise<{ decisions: z.input<typeof DecisionSummary>[]; next: string | null }> {
  const decisions: z.input<typeof DecisionSummary>[] = [];
  let last = before;
  for (let scanned = 0; scanned < MAX_SCANNED;) {
    const page = await store.decisions({
      ...(tenant === undefined ? {} : { tenant }),
      ...(last === undefined ? {} : { before: last }),
      limit: PAGE,
    });
    for (const record of page) {
      last = record.decisionId ?? last;
      if (!fits(record, wanted)) continue;
      decisions.push(summaryOf(record));
      if (decisions.length === limit) return { decisions, next: last ?? null };
    }
    scanned += page.length;
    if (page.length < PAGE) return { decisions, next: null };
  }
  return { decisions, next: last ?? null };
}

function fits(
  { body }: LedgerRecord,
  { agent, outcome }: Pick<DecisionFilter, "agent" | "outcome">,
): boolean {
  if (outcome !== undefined && body["outcome"] !== outcome) return false;
  if (agent === undefined) return true;
  const of = body["agent"];
  return typeof of === "string" && splitAgentReference(of).id === agent;
}
