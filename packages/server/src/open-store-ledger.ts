import { type PostgresLedger, openPostgresLedger } from "@watchword/broker/postgres";
import { openLedger } from "@watchword/broker/sqlite";
import type { StorePlace } from "./store-place.ts";

/** The ledger of whichever store, for people who look things up. It cannot write. */
export type StoreLedger = PostgresLedger;

/**
 * Opens the ledger of a store for reading only, beside a broker that writes to it or not.
 *
 * @throws Refusal `configuration_invalid` when it is no store of this version, `ledger_unavailable` when it cannot be read
 */
export async function openStoreLedger(place: StorePlace): Promise<StoreLedger> {
  if ("postgres" in place) return openPostgresLedger(place.postgres);
  const ledger = openLedger(place.sqlite);
  return {
    decision: async (id) => ledger.decision(id),
    lastDecision: async () => ledger.lastDecision(),
    source: ledger.source,
    [Symbol.asyncDispose]: async () => ledger[Symbol.dispose](),
  };
}
