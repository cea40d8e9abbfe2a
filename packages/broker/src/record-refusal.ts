import { type LedgerEntry, Refusal, type UsedToken } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { receiptOf } from "./receipt-of.ts";

/**
 * Records a refusal before it is answered, and gives what to answer: the refusal, or `ledger_unavailable` when it could
 * not be recorded, which is counted for the next flush. Never throws.
 */
export async function recordRefusal(
  context: BrokerContext,
  refusal: Refusal,
  entry: LedgerEntry,
  token?: UsedToken,
): Promise<Refusal> {
  // The ledger that just failed to answer in time is not asked again: the caller's answer would be late for nothing.
  if (refusal.reason === "ledger_unavailable") return counted(context, refusal);
  try {
    await context.store.recordRefusal(entry, token);
    return refusal.withReceipt((await receiptOf(context, entry)).receipt).ofKnownCaller();
  } catch (failure) {
    return counted(context, Refusal.from(failure, "ledger_unavailable"));
  }
}

function counted(context: BrokerContext, refusal: Refusal): Refusal {
  context.counted.note(refusal);
  return refusal;
}
