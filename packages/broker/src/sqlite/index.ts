export { sqlite } from "./sqlite-store.ts";
export type { SqliteOptions } from "./sqlite-store.ts";
export { restoreSqlite } from "./restore-sqlite.ts";
export type { RestoreOptions, Restored } from "./restored-rows.ts";
export { openLedger } from "./open-ledger.ts";
export type { Ledger, RecordedDecision } from "./open-ledger.ts";
