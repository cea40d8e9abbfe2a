import type { LedgerRecord, Store } from "@watchword/core";
import type { DecisionLine } from "./report.ts";

/**
 * Reads what the broker recorded since the last call, as lines. The demo prints from the ledger, not from what the
 * tools say: what is shown is what is provable afterwards.
 */
export function decisionReader(store: Store): (step: number) => Promise<DecisionLine[]> {
  const seen = new Map<string, number>();
  return async (step) => {
    const fresh: LedgerRecord[] = [];
    for (const head of await store.ledgerHeads()) {
      const records = await store.ledger({
        replica: head.replica,
        after: seen.get(head.replica) ?? 0,
        limit: 1_000,
      });
      seen.set(head.replica, records.at(-1)?.sequence ?? seen.get(head.replica) ?? 0);
      fresh.push(...records);
    }
    return fresh.toSorted((a, b) => a.at - b.at).flatMap((record) => lineOf(step, record, fresh));
  };
}

function lineOf(step: number, record: LedgerRecord, around: readonly LedgerRecord[]): DecisionLine[] {
  const { body } = record;
  const decision = around.find(
    (other) =>
      other.decisionId === record.decisionId && (other.kind === "decision" || other.kind === "intent"),
  );
  const atGateway = record.kind === "use";
  const exchange = text(body["exchange"]);
  const line = (
    outcome: DecisionLine["outcome"],
    reason: string | undefined,
    lease?: { readonly seconds: number | null; readonly residual: string | null },
  ): DecisionLine => ({
    step,
    agent: text(body["agent"]) ?? text(decision?.body["agent"]) ?? (atGateway ? "gateway" : "-"),
    tenant: record.tenant ?? "-",
    tool:
      text(body["tool"]) ??
      text(decision?.body["tool"]) ??
      (atGateway ? "(at the gateway)" : exchange === undefined ? "-" : `(${exchange})`),
    outcome,
    reason: reason ?? null,
    decision_id: record.decisionId ?? null,
    lease_seconds: lease?.seconds ?? null,
    residual: lease?.residual ?? null,
  });
  if (record.kind === "intent") return [line("allow", undefined, leaseOf(record, around))];
  if (record.kind === "decision") {
    const outcome = body["outcome"] === "approval_required" ? "wait" : "deny";
    return [line(outcome, text(body["reason"]) ?? text(body["outcome"]))];
  }
  return atGateway && body["outcome"] === "refused" ? [line("deny", text(body["reason"]))] : [];
}

function leaseOf(
  intent: LedgerRecord,
  around: readonly LedgerRecord[],
): { seconds: number | null; residual: string | null } {
  const minted = around.find(
    (other) =>
      other.kind === "outcome" &&
      other.decisionId === intent.decisionId &&
      other.body["outcome"] === "minted",
  );
  const expires = minted?.body["lease_expires_at"];
  const at = minted?.body["at_seconds"];
  return {
    seconds: typeof expires === "number" && typeof at === "number" ? expires - at : null,
    residual: text(minted?.body["residual"]) ?? null,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
