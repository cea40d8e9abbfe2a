import { type LedgerEntry, newId } from "@watchword/core";
import type { TransactionSql } from "postgres";
import { prepareEntry } from "../ledger/prepare-entry.ts";
import { GENESIS, recordHash } from "../ledger/record-hash.ts";

/** Records an entry as the only one of a chain of its own, for whoever opens no store. */
export async function appendAlone(sql: TransactionSql, entry: LedgerEntry): Promise<void> {
  const replica = newId("rep", entry.at);
  const prepared = prepareEntry(entry);
  const { kind, at, tenant, decision, body, commitment } = prepared;
  const hash = recordHash(replica, 1, GENESIS, prepared);
  await sql`
    INSERT INTO ledger (replica, sequence, kind, at, tenant, decision_id, body, commitment, previous, hash)
    VALUES (${replica}, 1, ${kind}, ${at}, ${tenant}, ${decision}, ${body}, ${commitment}, ${GENESIS}, ${hash})`;
  await sql`INSERT INTO ledger_head (replica, sequence, hash, batch) VALUES (${replica}, 1, ${hash}, 1)`;
}
