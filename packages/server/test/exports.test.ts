import { expect, test } from "vitest";
import * as server from "@watchword/server";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(server).toSorted()).toEqual([
    "ConfigurationInvalid",
    "checkConfiguration",
    "copyStore",
    "defineConfiguration",
    "explainDecision",
    "exportLedger",
    "importTenants",
    "jsonLines",
    "ledgerKeys",
    "listKeys",
    "loadConfiguration",
    "loadGatewayConfiguration",
    "makeGatewayKeys",
    "migratePostgres",
    "openLedger",
    "openStoreLedger",
    "parseLedgerLines",
    "parseRecordProof",
    "proveRecord",
    "readCheckpointNote",
    "recordProofProblem",
    "restorePostgres",
    "restoreSqlite",
    "rotateKey",
    "splitNotes",
    "startGateway",
    "startServer",
    "storePlace",
    "verifyLedgerLines",
  ]);
});
