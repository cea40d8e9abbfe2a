import type { ValueMap } from "@watchword/core";
import type { TransactionSql } from "postgres";
import type { LedgerKeys } from "../ledger/ledger-keys.ts";
import type { PersonalPart } from "../ledger/ledger-line.ts";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import type { LedgerReport } from "../ledger/verify-ledger-lines.ts";
import type { Row } from "../sqlite/database.ts";
import type { SqlValue } from "./connections.ts";
import { PostgresReader } from "./postgres-reader.ts";

const PAGE = 500;
const PERSONAL =
  "SELECT sequence, salt, value FROM ledger_personal WHERE replica = $1 AND sequence > $2 AND sequence <= $3";

/** Verifies the whole ledger as one transaction sees it, before it is committed. */
export function verifyWithin(
  sql: TransactionSql,
  { keys, outside }: { readonly keys: LedgerKeys; readonly outside?: readonly string[] },
  onPage: (records: number) => void,
): Promise<LedgerReport> {
  const read = (text: string, values?: readonly SqlValue[]): Promise<readonly Row[]> =>
    sql.unsafe<Row[]>(text, [...(values ?? [])]);
  const reader = new PostgresReader({ read, close: () => Promise.resolve() });
  let personal = new Map<number, PersonalPart>();
  let records = 0;
  return verifyLedger(
    {
      ledger: async ({ replica = "", after = 0, limit = PAGE } = {}) => {
        const page = await reader.ledger(replica, after, limit);
        // One round trip for all of the page, each of which is asked for before the next page.
        const rows = await read(PERSONAL, [replica, after, page.at(-1)?.sequence ?? after]);
        personal = new Map(rows.map((row) => [Number(row["sequence"]), personalOf(row)]));
        onPage((records += page.length));
        return page;
      },
      ledgerHeads: () => reader.ledgerHeads(),
      personal: async (_replica, sequence) => personal.get(sequence),
      checkpoints: () => reader.checkpoints(),
    },
    keys,
    outside,
  );
}

function personalOf(row: Row): PersonalPart {
  return { salt: String(row["salt"]), value: JSON.parse(String(row["value"])) as ValueMap };
}
