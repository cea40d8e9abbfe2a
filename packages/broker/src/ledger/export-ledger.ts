import type { LedgerHead, LedgerLine, LedgerSource } from "./ledger-line.ts";

const PAGE = 500;

/** The whole ledger, line by line and in pages: of a store that is written meanwhile, some moment of it. */
export async function* exportLedger(source: LedgerSource): AsyncGenerator<LedgerLine, void> {
  yield { export: "watchword-ledger", version: 1 };
  const heads = await source.ledgerHeads();
  const checkpoints = await source.checkpoints();
  let records = 0;
  for (const head of heads) {
    for (const checkpoint of checkpoints) if (checkpoint.replica === head.replica) yield { checkpoint };
    const last = { replica: head.replica, sequence: 0, hash: "" };
    for (;;) {
      const page = await source.ledger({ replica: head.replica, after: last.sequence, limit: PAGE });
      // Whatever a broken store gives again, the export ends.
      if ((page.at(-1)?.sequence ?? 0) <= last.sequence) break;
      for (const record of page) {
        const personal = await source.personal(record.replica, record.sequence);
        yield { record, ...(personal === undefined ? {} : { personal }) };
        records++;
      }
      const { sequence = 0, hash = "" } = page.at(-1) ?? {};
      Object.assign(last, { sequence, hash });
    }
    yield { head: last.sequence > head.sequence ? await headOfGrown(source, head, last) : head };
  }
  yield { end: { chains: heads.length, records } };
}

/** A chain that is written while it is read has a newer head by now; one beyond the last record read confirms that one. */
async function headOfGrown(source: LedgerSource, head: LedgerHead, last: LedgerHead): Promise<LedgerHead> {
  const newer = (await source.ledgerHeads()).find(({ replica }) => replica === head.replica) ?? head;
  return newer.sequence > last.sequence ? last : newer;
}
