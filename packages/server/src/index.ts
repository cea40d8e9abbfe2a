// Configuration
export { defineConfiguration } from "./configuration-document.ts";
export { ConfigurationInvalid } from "./configuration-problem.ts";
export { checkConfiguration, loadConfiguration } from "./load-configuration.ts";
export type { ConfigurationProblem } from "./configuration-problem.ts";
export type { Configuration } from "./load-configuration.ts";

// Serving
export { jsonLines } from "./server-log.ts";
export { startServer } from "./start-server.ts";
export type { ServerMode } from "./check-mode.ts";
export type { LogEntry, ServerLog } from "./server-log.ts";
export type { Server, ServerOptions } from "./start-server.ts";

// A gateway in a process of its own
export { makeGatewayKeys } from "./make-gateway-keys.ts";
export { loadGatewayConfiguration, startGateway } from "./start-gateway.ts";
export type { GatewayConfiguration, GatewayServer, GatewayServerOptions } from "./start-gateway.ts";

// Customers and their accounts
export { importTenants } from "./import-tenants.ts";
export type { ImportOptions } from "./import-tenants.ts";
export type { ImportReport, ImportedConnection } from "@watchword/broker";

// Preparing a database, copying and restoring a store
export { copyStore, migratePostgres, restorePostgres } from "@watchword/broker/postgres";
export { restoreSqlite } from "@watchword/broker/sqlite";
export type {
  CopiedRows,
  CopyOptions,
  CopyOutcome,
  CopyProgress,
  Migrated,
  MigrationOptions,
} from "@watchword/broker/postgres";
export type { RestoreOptions, Restored } from "@watchword/broker/sqlite";

// Rotating keys
export { listKeys, rotateKey } from "@watchword/broker";
export type { KeyKind, ListedKey, RotateOptions, Rotation } from "@watchword/broker";

// Looking decisions up
export { explainDecision } from "@watchword/broker";
export { openStoreLedger } from "./open-store-ledger.ts";
export { storePlace } from "./store-place.ts";
export type { StoreLedger } from "./open-store-ledger.ts";
export type { StorePlace } from "./store-place.ts";
export { openLedger } from "@watchword/broker/sqlite";
export {
  exportLedger,
  ledgerKeys,
  parseLedgerLines,
  parseRecordProof,
  proveRecord,
  readCheckpointNote,
  recordProofProblem,
  splitNotes,
  verifyLedgerLines,
} from "@watchword/broker/verify-ledger";
export type { DecisionReport } from "@watchword/broker";
export type { Ledger, RecordedDecision } from "@watchword/broker/sqlite";
