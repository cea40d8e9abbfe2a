import type { BrokenCheck } from "./checks-to-break.ts";

const SQLITE = "packages/broker/src/sqlite";
const POSTGRES = "packages/broker/src/postgres";
const RESTORED = ["packages/broker/test/sqlite-restored"];
const RESTORED_THERE = ["packages/broker/test/postgres-restored"];
const COPIED = ["packages/broker/test/postgres-copy"];

/** What a restored store and a copied one rest on, to be broken one by one. */
export const RESTORE_CHECKS: readonly BrokenCheck[] = [
  {
    name: "restore: a once effect may be forgotten",
    file: `${SQLITE}/spend-intent.ts`,
    find: "if (once !== undefined && reachesBack(once))",
    replace: "if (once === null)",
    tests: RESTORED,
  },
  {
    name: "restore: what was spent of a budget may be forgotten",
    file: `${SQLITE}/spend-intent.ts`,
    find: "budget.ofRun !== true && reachesBack(budget)",
    replace: "budget.ofRun !== true && false",
    tests: RESTORED,
  },
  {
    name: "restore: a once effect may be forgotten, in PostgreSQL",
    file: `${POSTGRES}/forgotten-functions.ts`,
    find: "IF moment - (wanted->'once'->>'windowSeconds')::bigint < forgotten_until THEN",
    replace: "IF false THEN",
    tests: RESTORED_THERE,
  },
  {
    name: "restore: what was spent of a budget may be forgotten, in PostgreSQL",
    file: `${POSTGRES}/forgotten-functions.ts`,
    find: "moment - (value->>'windowSeconds')::bigint < forgotten_until",
    replace: "false",
    tests: RESTORED_THERE,
  },
  {
    name: "restore: the clock of the newest record counts",
    file: `${SQLITE}/restored-rows.ts`,
    find: "Math.max(now, Math.ceil(lastRecordedAt / 1_000))",
    replace: "now",
    tests: RESTORED,
  },
  {
    name: "restore: approvals are void",
    file: `${SQLITE}/restored-rows.ts`,
    find: "WHERE state IN ('pending', 'granted')",
    replace: "WHERE state = 'pending'",
    tests: RESTORED,
  },
  {
    name: "restore: another generation",
    file: `${SQLITE}/restored-rows.ts`,
    find: "WHERE key = 'generation'",
    replace: "WHERE key = 'none'",
    tests: RESTORED,
  },
  {
    name: "restore: runs of before have ended",
    file: `${SQLITE}/restored-rows.ts`,
    find: "UPDATE run SET ended_at = ${now} WHERE ended_at IS NULL",
    replace: "UPDATE run SET ended_at = ${now} WHERE id = ''",
    tests: RESTORED,
  },
  {
    name: "restore: an open lease may have been used since",
    file: `${SQLITE}/restored-rows.ts`,
    find: "uses = CASE WHEN uses = 0 THEN 1 ELSE uses END",
    replace: "uses = uses",
    tests: RESTORED,
  },
  {
    name: "restore: a red result may be forgotten",
    file: `${SQLITE}/restored-rows.ts`,
    find: "SET state = 'pending' WHERE state = 'pass'",
    replace: "SET state = 'pending' WHERE state = ''",
    tests: RESTORED,
  },
  {
    name: "restore: not beside a broker",
    file: `${SQLITE}/exclusive-database.ts`,
    find: 'database.exec("PRAGMA locking_mode = EXCLUSIVE");',
    replace: "",
    tests: RESTORED,
  },
  {
    name: "restore: not beside a broker, in PostgreSQL",
    file: `${POSTGRES}/owner-transaction.ts`,
    find: "if (row?.brokers !== 0)",
    replace: "if (row === undefined)",
    tests: RESTORED_THERE,
  },
  {
    name: "copy: into an empty database",
    file: `${POSTGRES}/copy-store.ts`,
    find: "if (row?.there !== false)",
    replace: "if (row === undefined)",
    tests: COPIED,
  },
  {
    name: "copy: its ledger verifies",
    file: `${POSTGRES}/copy-store.ts`,
    find: "if (!report.ok)",
    replace: "if (report === undefined)",
    tests: COPIED,
  },
  {
    name: "copy: the file is retired",
    file: `${SQLITE}/writer-thread.ts`,
    find: "COPIED_TO) !== undefined)",
    replace: "COPIED_TO) === null)",
    tests: COPIED,
  },
  {
    name: "copy: a reader's connection changes nothing",
    file: `${POSTGRES}/connections.ts`,
    find: "default_transaction_read_only: readOnly,",
    replace: "",
    tests: ["packages/broker/test/postgres-ledger"],
  },
];
