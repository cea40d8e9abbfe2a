import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { type LedgerEntry, type Store, type UsedToken, randomToken, verificationKey } from "@watchword/core";
import { expect, test } from "vitest";
import { verifyLedger } from "../src/index.ts";
import { SCHEMA_VERSION } from "../src/sqlite/schema.ts";
import { type SqlitePlace, sqlitePlace } from "./sqlite-place.ts";
import { SECOND_VERSION } from "./sqlite-second-version.ts";
import { ENDED, FIRST_VERSION, LIVING, SIGNED_BY, THEN } from "./sqlite-upgrade-fixture.ts";

const CHILD = fileURLToPath(new URL("./sqlite-upgrade-child.ts", import.meta.url));

/** A place whose file the first version wrote, or the second. */
async function oldPlace(version = FIRST_VERSION): Promise<SqlitePlace> {
  const place = await sqlitePlace();
  const database = new DatabaseSync(place.path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(version);
  database.close();
  return place;
}

function read(path: string, sql: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

const versionOf = (path: string): number =>
  (read(path, "PRAGMA user_version") as { user_version: number }[])[0]?.user_version ?? 0;
/** The whole schema, spelled alike: ALTER TABLE keeps other blanks than CREATE TABLE. */
const schemaOf = (path: string): unknown[] =>
  (
    read(path, "SELECT name, sql FROM sqlite_schema ORDER BY name") as { name: string; sql: string | null }[]
  ).map(({ name, sql }) => [name, sql?.replaceAll(/\s+/g, " ").replaceAll(/\s*([(),])\s*/g, "$1")]);

const entry = (kind: LedgerEntry["kind"]): LedgerEntry => ({
  kind,
  at: THEN * 1_000,
  tenant: "acme",
  body: { outcome: kind },
});
const token = (): UsedToken => ({ issuer: "urn:test", jti: randomToken(16), expiresAt: THEN + 120 });

async function claim(store: Store, leaseId: string): Promise<string> {
  const requestDigest = "A".repeat(43);
  const now = THEN + 10;
  const useId = `use_${leaseId}`;
  return store.claimUse({ useId, leaseId, requestDigest, proof: token(), now, entry: entry("use") });
}

test("a store of the first version opens, and its version is the newest from then on", async () => {
  await using place = await oldPlace();
  expect(versionOf(place.path)).toBe(1);
  const { generation } = await openAndClose(place);
  expect(versionOf(place.path)).toBe(SCHEMA_VERSION);
  expect(generation, "tokens and approvals from before stay good").toBe(
    (read(place.path, "SELECT value FROM meta WHERE key = 'generation'") as { value: string }[])[0]?.value,
  );
  expect((await openAndClose(place)).generation).toBe(generation);
});

test.for([
  { which: "first", version: FIRST_VERSION },
  { which: "second", version: SECOND_VERSION },
])("an upgraded store of the $which version has the tables and indexes of a new one", async ({ version }) => {
  await using place = await oldPlace(version);
  await openAndClose(place);
  await using fresh = await sqlitePlace();
  await openAndClose(fresh);
  expect(schemaOf(place.path)).toEqual(schemaOf(fresh.path));
});

test("its runs are roots: without ancestors, with themselves alone in the chain, ended when they had", async () => {
  await using place = await oldPlace();
  await using store = await place.open();
  expect(await store.run(LIVING.run)).toMatchObject({
    root: LIVING.run,
    ancestors: [],
    chain: ["support@3"],
    thread: "ticket-1",
    expiresAt: THEN + 600,
    endedAt: null,
  });
  expect(await store.run(ENDED.run)).toMatchObject({ ancestors: [], endedAt: THEN + 5 });
});

test("its living run can be renewed, have children, be stopped with its agent, and ends with them", async () => {
  await using place = await oldPlace();
  await using store = await place.open();
  const renewed = await store.renewRun(LIVING.run, THEN + 900, [token()], entry("run_renewed"));
  expect(renewed).toBe("started");
  const parent = await store.run(LIVING.run);
  if (parent === undefined) throw new Error("the run is gone");
  expect(parent.expiresAt).toBe(THEN + 900);
  const child = {
    ...parent,
    id: "run_child",
    agent: "reader@1",
    ancestors: [parent.id],
    chain: [...parent.chain, "reader@1"],
  };
  expect(await store.startRun(child, [token()], entry("run_started"))).toBe("started");
  const orphan = { ...child, id: "run_orphan", ancestors: [ENDED.run] };
  expect(await store.startRun(orphan, [token()], entry("run_started"))).toBe("run_ended");
  expect(await store.freeze("agent:support", true, THEN, entry("freeze"))).toBe(true);
  expect((await store.run(LIVING.run))?.endedAt).toBe(THEN);
  expect((await store.run(child.id))?.endedAt).toBe(THEN);
});

test("its leases stay at the gateway and are usable once, and those of ended runs are due", async () => {
  await using place = await oldPlace();
  await using store = await place.open();
  expect(await store.lease(LIVING.lease)).toMatchObject({
    system: "payments",
    custody: "gateway",
    uses: 0,
    sealed: new Uint8Array([1, 2, 3]),
  });
  expect((await store.leasesDue(THEN, 10)).map(({ id }) => id)).toEqual([ENDED.lease]);
  expect(await claim(store, LIVING.lease)).toBe("claimed");
  expect(await claim(store, LIVING.lease)).toBe("lease_used");
  expect(await claim(store, ENDED.lease)).toBe("run_ended");
  expect((await store.leasesDue(THEN + 60, 10)).map(({ id }) => id)).toEqual([ENDED.lease, LIVING.lease]);
  await store.endLease(ENDED.lease, "revoked", THEN + 60, entry("revocation"));
  expect(await store.lease(ENDED.lease)).toMatchObject({ sealed: null, revocation: "revoked" });
});

test("its leases are stopped with their system", async () => {
  await using place = await oldPlace();
  await using store = await place.open();
  await store.freeze("system:payments", true, THEN, entry("freeze"));
  expect(await claim(store, LIVING.lease)).toBe("frozen");
  expect((await store.leasesDue(THEN, 10)).map(({ id }) => id).toSorted()).toEqual(
    [ENDED.lease, LIVING.lease].toSorted(),
  );
});

test("its ledger verifies up to its signed checkpoint, also after it has grown", async () => {
  await using place = await oldPlace();
  await using store = await place.open();
  const earlier = [await verificationKey(SIGNED_BY.keyId, SIGNED_BY.publicJwk)];
  const keys = { notes: [], earlier };
  expect(await verifyLedger(store, keys)).toMatchObject({ ok: true, records: 7, replicas: 1 });
  await store.endRun(LIVING.run, THEN + 20, entry("run_ended"));
  const report = await verifyLedger(store, keys);
  expect([report.firstProblem, report.records, report.replicas]).toEqual([undefined, 8, 2]);
});

test("a store of a newer version is refused with a word about it, and left as it is", async () => {
  await using place = await oldPlace();
  await openAndClose(place);
  const database = new DatabaseSync(place.path);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  database.close();
  const before = schemaOf(place.path);
  await expect(place.open()).rejects.toMatchObject({
    reason: "configuration_invalid",
    message: expect.stringContaining("newer version of Watchword"),
  });
  expect(versionOf(place.path)).toBe(SCHEMA_VERSION + 1);
  expect(schemaOf(place.path)).toEqual(before);
});

test.for([1, 3, 8, 13, 20, 30, 1_000])(
  "an upgrade killed after %i statements leaves the first version, which the next opening upgrades",
  { timeout: 30_000 },
  async (statements) => {
    await using place = await oldPlace();
    const before = schemaOf(place.path);
    const child = spawn(
      process.execPath,
      ["--conditions=@watchword/source", CHILD, place.path, String(statements)],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    expect((await once(child, "exit"))[1]).toBe("SIGKILL");
    // Read from a copy: whoever opens the file itself recovers it.
    const copy = join(place.directory, "copy.db");
    for (const side of ["", "-wal"]) await copyFile(`${place.path}${side}`, `${copy}${side}`);
    expect(versionOf(copy)).toBe(1);
    expect(schemaOf(copy)).toEqual(before);
    expect(read(copy, "SELECT id FROM run ORDER BY id")).toHaveLength(2);

    await using store = await place.open();
    expect(versionOf(place.path)).toBe(SCHEMA_VERSION);
    expect(await store.run(LIVING.run)).toMatchObject({ ancestors: [], endedAt: null });
    expect(await claim(store, LIVING.lease)).toBe("claimed");
    const earlier = [await verificationKey(SIGNED_BY.keyId, SIGNED_BY.publicJwk)];
    const keys = { notes: [], earlier };
    expect((await verifyLedger(store, keys)).firstProblem).toBeUndefined();
  },
);

async function openAndClose(place: SqlitePlace): Promise<{ readonly generation: string }> {
  await using store = await place.open();
  return { generation: store.generation };
}
