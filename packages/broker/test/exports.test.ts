import { expect, test } from "vitest";
import * as broker from "@watchword/broker";
import * as http from "@watchword/broker/http";
import * as postgres from "@watchword/broker/postgres";
import * as sqlite from "@watchword/broker/sqlite";
import * as verification from "@watchword/broker/verify-ledger";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(broker).toSorted()).toEqual([
    "OPERATOR_ROLES",
    "aesSealer",
    "createBroker",
    "explainDecision",
    "fileKeys",
    "fileSink",
    "fixedKeys",
    "httpSink",
    "listKeys",
    "rotateKey",
    "verifyLedger",
  ]);
  expect(Object.keys(http).toSorted()).toEqual([
    "MAX_FORM_BYTES",
    "MAX_JSON_BYTES",
    "MAX_LEASE_BYTES",
    "MAX_OPERATOR_BYTES",
    "MAX_REPORT_BYTES",
    "brokerHttp",
    "federationHttp",
    "leaseDirectoryHttp",
    "operatorsHttp",
  ]);
  expect(Object.keys(postgres).toSorted()).toEqual([
    "copyStore",
    "migratePostgres",
    "openPostgresLedger",
    "postgres",
    "restorePostgres",
  ]);
  expect(Object.keys(sqlite).toSorted()).toEqual(["openLedger", "restoreSqlite", "sqlite"]);
  expect(Object.keys(verification).toSorted()).toEqual([
    "exportLedger",
    "ledgerKeys",
    "parseLedgerLines",
    "parseRecordProof",
    "proveConsistency",
    "proveRecord",
    "readCheckpointNote",
    "recordProofProblem",
    "splitNotes",
    "verifyConsistency",
    "verifyInclusion",
    "verifyLedger",
    "verifyLedgerLines",
  ]);
});
