import type { LedgerEntry, LedgerReceipt } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** The member of an answer that says where its record stands. An answer never fails for want of it. */
export async function receiptOf(
  { store }: BrokerContext,
  entry: LedgerEntry,
): Promise<{ readonly receipt?: LedgerReceipt }> {
  const receipt = await store.receiptOf(entry).catch(() => undefined);
  return receipt === undefined ? {} : { receipt };
}
