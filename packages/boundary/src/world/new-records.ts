import type { LedgerRecord, Store } from "@watchword/core";

const PAGE = 1_000;

/** Records of every replica that are durable and were not read before, by what `read` says of each replica, and keeps of it. */
export async function* newRecords(
  store: Pick<Store, "ledger" | "ledgerHeads">,
  read: Map<string, number>,
): AsyncGenerator<LedgerRecord> {
  for (const { replica } of await store.ledgerHeads()) {
    for (;;) {
      const page = await store.ledger({ replica, after: read.get(replica) ?? 0, limit: PAGE });
      yield* page;
      const last = page.at(-1);
      if (last !== undefined) read.set(replica, last.sequence);
      if (page.length < PAGE) break;
    }
  }
}
