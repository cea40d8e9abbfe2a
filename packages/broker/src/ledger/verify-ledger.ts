import { exportLedger } from "./export-ledger.ts";
import type { LedgerKeys } from "./ledger-keys.ts";
import type { LedgerSource } from "./ledger-line.ts";
import { type LedgerReport, verifyLedgerLines } from "./verify-ledger-lines.ts";

/**
 * Reads the whole ledger in pages and checks it against itself, against its signed checkpoints, and against those that
 * were kept `outside`: what {@link verifyLedgerLines} does for an exported one.
 */
export function verifyLedger(
  source: LedgerSource,
  keys: LedgerKeys,
  outside: readonly string[] = [],
): Promise<LedgerReport> {
  return verifyLedgerLines(exportLedger(source), keys, outside);
}
