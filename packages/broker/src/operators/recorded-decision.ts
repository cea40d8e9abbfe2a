import { type LedgerRecord, type Store, digestOf } from "@watchword/core";
import { hashOfRecord } from "../ledger/record-hash.ts";
import type { PersonalPart } from "../ledger/ledger-line.ts";
import type { RecordedDecision } from "../sqlite/open-ledger.ts";

/** A decision as a store holds it, with what became of it; `undefined` when none was recorded under this id. */
export async function recordedDecision(
  store: Pick<Store, "decisionRecords" | "personal">,
  id: string,
): Promise<RecordedDecision | undefined> {
  const records = await store.decisionRecords(id);
  const record = records.find(({ kind }) => kind === "decision" || kind === "intent");
  if (record === undefined) return undefined;
  const personal =
    record.commitment === undefined ? undefined : await store.personal(record.replica, record.sequence);
  return {
    record,
    personal: personal?.value,
    intact: isIntact(record, personal),
    others: records.filter((other) => other !== record),
  };
}

function isIntact(record: LedgerRecord, personal: PersonalPart | undefined): boolean {
  if (hashOfRecord(record) !== record.hash) return false;
  return (
    personal === undefined || digestOf({ salt: personal.salt, value: personal.value }) === record.commitment
  );
}
