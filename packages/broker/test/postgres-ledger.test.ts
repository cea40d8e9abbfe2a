import { SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { verifyLedger } from "../src/ledger/verify-ledger.ts";
import { Connections } from "../src/postgres/connections.ts";
import { openPostgresLedger, restorePostgres } from "../src/postgres/index.ts";
import { postgresPlace } from "./postgres-place.ts";
import { refusalOf } from "./refusal-of.ts";
import { recordRefusals } from "./signed-ledger.ts";

const NO_KEYS = { notes: [], earlier: [] };

describe("the ledger of a PostgreSQL store", () => {
  test("is read by a role that may only read, beside a broker: a decision, the last one, all of it", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    await recordRefusals(store, 1, 3);
    const admin = place.as("admin");
    await admin.unsafe("DROP ROLE IF EXISTS auditor");
    await admin.unsafe("CREATE ROLE auditor LOGIN PASSWORD 'of-these-tests-only'");
    await admin.unsafe("GRANT USAGE ON SCHEMA watchword TO auditor");
    await admin.unsafe(
      `GRANT SELECT ON ${["meta", "ledger", "ledger_head", "ledger_personal", "checkpoint"]
        .map((table) => `watchword.${table}`)
        .join(", ")} TO auditor`,
    );
    {
      await using ledger = await openPostgresLedger({
        url: place.url("store").replace("store:", "auditor:"),
      });
      expect(await ledger.decision("dec_2")).toMatchObject({
        record: { decisionId: "dec_2", tenant: "acme", body: { outcome: "deny", index: 2 } },
        personal: { subject: "user-2" },
        intact: true,
        others: [],
      });
      expect((await ledger.lastDecision())?.record.decisionId).toBe("dec_3");
      expect(await ledger.decision("dec_none")).toBeUndefined();
      expect(await verifyLedger(ledger.source, NO_KEYS)).toMatchObject({ ok: true, records: 3 });
    }
    await admin.unsafe("DROP OWNED BY auditor");
    await admin.unsafe("DROP ROLE auditor");
  });

  test("says when a record or its personal part is not what was committed to", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    await recordRefusals(store, 1, 2);
    const owner = place.as("owner");
    await owner`UPDATE watchword.ledger SET body = '{"index":9}' WHERE decision_id = 'dec_1'`;
    await owner`UPDATE watchword.ledger_personal SET value = '{"subject":"erin"}' WHERE sequence = 2`;
    await using ledger = await openPostgresLedger({ url: place.url("store") });
    for (const id of ["dec_1", "dec_2"]) expect(await ledger.decision(id)).toMatchObject({ intact: false });
    await owner`DELETE FROM watchword.ledger_personal WHERE sequence = 2`;
    expect(await ledger.decision("dec_2")).toMatchObject({ intact: true, personal: undefined });
  });

  test("is on a connection that changes nothing, whatever its role may, and stands in no restore's way", async () => {
    await using place = await postgresPlace();
    const reading = new Connections({
      url: new SealedCredential(place.url("store")),
      max: 1,
      statementMilliseconds: 5_000,
      answerMilliseconds: 5_000,
      readOnly: true,
    });
    await expect(reading.query("INSERT INTO tenant VALUES ('acme')")).rejects.toMatchObject({
      code: "25006",
    });
    expect(await restorePostgres(place.url("owner"), { backupTakenAt: Date.now() - 1_000 })).toMatchObject({
      runs: 0,
    });
    await reading.close();
  });

  test("is not opened where there is none, or by a role that may not; no error shows the password", async () => {
    await using bare = await postgresPlace({ template: "template1" });
    await using place = await postgresPlace();
    await place.as("owner")`UPDATE watchword.meta SET value = '99' WHERE key = 'schema_version'`;
    for (const [url, reason] of [
      [bare.url("store"), "configuration_invalid"],
      [place.url("store"), "configuration_invalid"],
      [place.url("store").replace("of-these-tests-only", "hunter2-canary"), "configuration_invalid"],
      ["postgresql://store:canary@127.0.0.1:1/none", "ledger_unavailable"],
    ] as const) {
      const refusal = await refusalOf(openPostgresLedger({ url }));
      expect(refusal.reason).toBe(reason);
      expect(`${refusal.message}${String(refusal.stack)}`).not.toContain("canary");
    }
  });
});
