import { DatabaseSync } from "node:sqlite";
import { type ConnectionRecord, type Store } from "@watchword/core";
import { entryOf } from "@watchword/conformance";
import { expect, test } from "vitest";
import { verifyLedger } from "../src/index.ts";
import { type SqlitePlace, sqlitePlace } from "./sqlite-place.ts";
import {
  DECISIONS,
  LEASES,
  REFUND,
  RUN,
  SECOND_VERSION,
  SHARED_ACCOUNT,
  THEN,
} from "./sqlite-second-version.ts";

/** A place whose file the second version wrote. */
async function oldPlace(): Promise<SqlitePlace> {
  const place = await sqlitePlace();
  const database = new DatabaseSync(place.path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(SECOND_VERSION);
  database.close();
  return place;
}

async function connectionOf(store: Store, tenant: string): Promise<ConnectionRecord> {
  const [connection] = (await store.connections(tenant)) ?? [];
  if (connection === undefined) throw new Error(`${tenant} has no connection`);
  return connection;
}

test("two tenants with one account open, and are in each other's way until one gives it up", async () => {
  await using place = await oldPlace();
  await using store = await place.open();
  const [acme, globex] = [await connectionOf(store, "acme"), await connectionOf(store, "globex")];
  expect(acme).toEqual({
    tenant: "acme",
    system: "payments",
    account: SHARED_ACCOUNT,
    settings: {},
    sealed: new Uint8Array([9, 4]),
    fingerprint: "",
    revision: 1,
    earlier: null,
  });
  expect(globex).toMatchObject({ account: SHARED_ACCOUNT, revision: 1 });
  const put = (connection: ConnectionRecord) =>
    store.putConnection({ ...connection, revision: 2 }, entryOf("tenant", connection.tenant));
  expect([await put(acme), await put(globex)]).toEqual(["account_taken", "account_taken"]);
  expect(await put({ ...globex, account: "acct_globex" })).toBe("put");
  expect(await put(acme)).toBe("put");
});

test("what it recorded is listed: decisions, and what they did by the ids of objects", async () => {
  await using place = await oldPlace();
  await using store = await place.open();
  const listed = (await store.decisions({ limit: 10, tenant: "acme" })).map(({ decisionId }) => decisionId);
  expect(listed).toEqual(DECISIONS);
  expect(await store.decisionsOfObject("payments", REFUND.id)).toEqual([REFUND.decision]);
  expect(await store.decisionsOfObject("payments", REFUND.charge)).toEqual([REFUND.decision]);
  expect(await store.decisionsOfObject("payments", "x".repeat(513))).toEqual([]);
  expect(await store.decisionsOfObject("payments", "a")).toEqual([]);
  expect((await verifyLedger(store, { notes: [], earlier: [] })).firstProblem).toBeUndefined();
});

test("its active leases and living runs are listed, of their tenant alone, and can be stopped", async () => {
  await using place = await oldPlace();
  await using store = await place.open();
  const leases = await store.activeLeases({ limit: 10, tenant: "acme" });
  expect(leases.map(({ id }) => id)).toEqual(Object.values(LEASES).toSorted());
  expect(leases).toEqual(await store.activeLeases({ limit: 10 }));
  expect(await store.activeLeases({ limit: 10, tenant: "globex" })).toEqual([]);
  const runs = await store.livingRuns({ limit: 10, now: THEN, tenant: "acme" });
  expect(runs.map(({ id }) => id)).toEqual([RUN]);
  expect(await store.expireLease(LEASES.unused, THEN + 1, entryOf("revocation"))).toBe(true);
  expect((await store.leasesDue(THEN, 10)).map(({ id }) => id)).toEqual([LEASES.unused]);
});
