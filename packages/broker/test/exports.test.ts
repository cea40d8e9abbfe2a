import { expect, test } from "vitest";
import * as broker from "@watchword/broker";
import * as http from "@watchword/broker/http";
import * as postgres from "@watchword/broker/postgres";
import * as sqlite from "@watchword/broker/sqlite";

test("what the package exports at run time is this, and a change of it is meant", () => {
  expect(Object.keys(broker).toSorted()).toEqual([
    "aesSealer",
    "checkpointLedger",
    "createBroker",
    "explainDecision",
    "fileKeys",
    "verifyLedger",
  ]);
  expect(Object.keys(http).toSorted()).toEqual(["MAX_FORM_BYTES", "MAX_JSON_BYTES", "brokerHttp"]);
  expect(Object.keys(postgres).toSorted()).toEqual(["migratePostgres", "postgres"]);
  expect(Object.keys(sqlite).toSorted()).toEqual(["openLedger", "sqlite"]);
});
