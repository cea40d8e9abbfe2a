import type { ConnectionRecord, Store } from "@watchword/core";
import { entryOf } from "@watchword/conformance";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { migratePostgres } from "../src/postgres/index.ts";
import { MIGRATIONS } from "../src/postgres/migrations.ts";
import { type PostgresPlace, postgresPlace } from "./postgres-place.ts";

/** The versions before operators had listings and accounts were one tenant's. */
const BEFORE = 2;
const LONG = "x".repeat(513);

/** What such a version may hold: two tenants with one account, outcomes whose ids are odd, a lease that nobody used. */
const ROWS = [
  "INSERT INTO tenant VALUES ('acme'), ('globex')",
  "INSERT INTO connection VALUES ('acme', 'payments', 'acct_shared', '{}', '\\x0904'), ('globex', 'payments', 'acct_shared', '{}', '\\x0906')",
  "INSERT INTO run VALUES ('run_1', 'run_1', 'acme', 'support', ARRAY['tenant:acme'], 2000000000, NULL, '{\"id\":\"run_1\",\"agent\":\"support@3\"}')",
  "INSERT INTO lease VALUES ('lease_1', 'dec_1', 'acme', 'payments', 'gateway', 'run_1', 'run_1', 'h', 2000000000, 2000000000, 1, 0, NULL, '\\x01', '{\"id\":\"lease_1\",\"tenant\":\"acme\"}')",
  "INSERT INTO ledger VALUES ('rep_1', 1, 'intent', 1, 'acme', 'dec_1', '{}', NULL, 'p', 'h')",
  outcome(2, "dec_1", { effect: "done", ids: { refund: "re_1", charge: "ch_1", long: LONG, none: "" } }),
  outcome(3, "dec_2", { effect: "none", ids: { charge: "ch_1" } }),
  outcome(4, "dec_3", { effect: "unknown", ids: { charge: "ch_1", odd: 7 } }),
  outcome(5, "dec_4", { effect: "done", ids: { odd: "a\0b" } }),
  outcome(6, "dec_5", { effect: "done" }),
  outcome(7, "dec_6", { effect: "done", ids: "ch_1" }),
];

function outcome(sequence: number, decision: string, body: object): string {
  const text = JSON.stringify({ system: "payments", ...body });
  return `INSERT INTO ledger VALUES ('rep_1', ${sequence}, 'use_outcome', ${sequence}, 'acme', '${decision}', '${text}', NULL, 'p', 'h')`;
}

/** A database as the version before left it. */
async function oldPlace(): Promise<PostgresPlace> {
  const place = await postgresPlace({ template: "template1" });
  const owner: Sql = place.as("owner");
  await owner.unsafe("CREATE SCHEMA watchword");
  await owner.unsafe("SET search_path = watchword");
  for (const migration of MIGRATIONS.slice(0, BEFORE)) await owner.unsafe(migration);
  await owner.unsafe(`INSERT INTO meta VALUES ('generation', 'of-before'), ('schema_version', '${BEFORE}')`);
  for (const row of ROWS) await owner.unsafe(row);
  return place;
}

const migrate = (place: PostgresPlace) => migratePostgres(place.url("owner"), { role: "store" });

async function connectionOf(store: Store, tenant: string): Promise<ConnectionRecord> {
  const [connection] = (await store.connections(tenant)) ?? [];
  if (connection === undefined) throw new Error(`${tenant} has no connection`);
  return connection;
}

test("a database of the version before is opened when it was migrated, not earlier, and keeps its generation", async () => {
  await using place = await oldPlace();
  await place
    .as("owner")
    .unsafe("GRANT USAGE ON SCHEMA watchword TO store; GRANT SELECT ON watchword.meta TO store");
  await expect(place.open()).rejects.toMatchObject({
    reason: "configuration_invalid",
    message: expect.stringContaining("run migratePostgres"),
  });
  await expect(migrate(place)).resolves.toEqual({ from: BEFORE, to: MIGRATIONS.length });
  await using store = await place.open();
  expect(store.generation).toBe("of-before");
});

test("two tenants with one account are migrated, and in each other's way until one gives it up", async () => {
  await using place = await oldPlace();
  await migrate(place);
  await using store = await place.open();
  const [acme, globex] = [await connectionOf(store, "acme"), await connectionOf(store, "globex")];
  expect(acme).toMatchObject({ fingerprint: "", revision: 1, earlier: null, sealed: new Uint8Array([9, 4]) });
  const put = (connection: ConnectionRecord) =>
    store.putConnection({ ...connection, revision: 2 }, entryOf("tenant", connection.tenant));
  expect([await put(acme), await put(globex)]).toEqual(["account_taken", "account_taken"]);
  expect(await put({ ...globex, account: "acct_globex" })).toBe("put");
  expect(await put(acme)).toBe("put");
});

test("what was recorded before is listed, and found by the ids that outcomes named", async () => {
  await using place = await oldPlace();
  await migrate(place);
  await using store = await place.open();
  expect((await store.decisions({ tenant: "acme", limit: 9 })).map(({ decisionId }) => decisionId)).toEqual([
    "dec_1",
  ]);
  expect(await store.decisionsOfObject("payments", "re_1")).toEqual(["dec_1"]);
  expect(await store.decisionsOfObject("payments", "ch_1")).toEqual(["dec_3", "dec_1"]);
  for (const id of [LONG, "", "7", "a"]) expect(await store.decisionsOfObject("payments", id)).toEqual([]);
  expect((await store.activeLeases({ tenant: "acme", limit: 9 })).map(({ id }) => id)).toEqual(["lease_1"]);
  expect((await store.livingRuns({ limit: 9, now: 1 })).map(({ id }) => id)).toEqual(["run_1"]);
});
