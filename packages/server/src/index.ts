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

// Preparing a database
export { migratePostgres } from "@watchword/broker/postgres";
export type { Migrated, MigrationOptions } from "@watchword/broker/postgres";

// Looking decisions up
export { explainDecision } from "@watchword/broker";
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
