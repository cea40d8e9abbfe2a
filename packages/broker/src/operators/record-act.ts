import { type LedgerEntry, Refusal } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";

/**
 * Records by itself what an operator does, before it is done.
 *
 * @throws Refusal `ledger_unavailable` when it could not be recorded
 */
export async function recordAct({ store }: BrokerContext, entry: LedgerEntry): Promise<void> {
  try {
    await store.recordRefusal(entry, undefined);
  } catch (error) {
    throw Refusal.from(error, "ledger_unavailable");
  }
}
