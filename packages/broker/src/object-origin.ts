import type { DownstreamOutcome, LeaseRecord, LedgerRecord, ObjectOrigin, Value } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** Whose an object must be. */
export interface ObjectHolder {
  readonly tenant: string;
  readonly run: string;
  readonly system: string;
}

/**
 * The decision of this run that left an object behind at a system, by the broker's own records; `undefined` when there is none.
 *
 * INVARIANT: what another run or another tenant got is nobody's here. A handle that a system gives out opens what it names to
 * whoever knows it, and text that an agent reads may hold the handle of another.
 */
export async function objectOrigin(
  { store }: Pick<BrokerContext, "store">,
  holder: ObjectHolder,
  object: string,
): Promise<ObjectOrigin | undefined> {
  const decisions = await store.decisionsOfObject(holder.system, object);
  // The first that named it made it; later ones read it, or ended it.
  for (const decisionId of decisions.toReversed()) {
    const records = await store.decisionRecords(decisionId);
    const made = records.find(({ kind }) => kind === "decision" || kind === "intent");
    const operation = made?.body["operation"];
    if (made?.tenant !== holder.tenant || made.body["run"] !== holder.run) continue;
    if (typeof operation === "string") return { decisionId, operation };
  }
  return undefined;
}

/** What the requests under a lease did, as they were settled. A request whose outcome was never recorded is not among them. */
export async function recordedOutcomes(
  { store }: Pick<BrokerContext, "store">,
  lease: Pick<LeaseRecord, "id" | "decisionId">,
): Promise<readonly DownstreamOutcome[]> {
  const records = await store.decisionRecords(lease.decisionId);
  return records.flatMap((record) => outcomeOf(record, lease.id));
}

function outcomeOf({ kind, body }: LedgerRecord, lease: string): DownstreamOutcome[] {
  if (kind !== "use_outcome" || body["lease"] !== lease) return [];
  const { effect, status, ids } = body;
  if (effect !== "done" && effect !== "none" && effect !== "unknown") return [];
  return [{ effect, ids: textsOf(ids), status: typeof status === "number" ? status : 0 }];
}

function textsOf(value: Value | undefined): Record<string, string> {
  if (typeof value !== "object" || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, id]) => (typeof id === "string" ? [[name, id]] : [])),
  );
}
