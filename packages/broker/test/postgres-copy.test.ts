import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreScenario, entryOf, freshToken } from "@watchword/conformance";
import { type Store, newId, verificationKey } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { ledgerKeys } from "../src/ledger/ledger-keys.ts";
import { COPIED_TABLES } from "../src/postgres/copied-tables.ts";
import {
  type CopyOptions,
  type CopyOutcome,
  type CopyProgress,
  copyStore,
  postgres,
} from "../src/postgres/index.ts";
import { restoreSqlite, sqlite } from "../src/sqlite/index.ts";
import { type PostgresPlace, postgresPlace } from "./postgres-place.ts";
import { refusalOf } from "./refusal-of.ts";
import { checkpointsOf, keysOf, newNoteSigner, recordRefusals } from "./signed-ledger.ts";
import { type SqlitePlace, sqlitePlace } from "./sqlite-place.ts";
import { FIRST_VERSION, SIGNED_BY } from "./sqlite-upgrade-fixture.ts";
import { refundOf, sendRefund, world } from "./world.ts";

const signer = newNoteSigner();

/** A SQLite store and an empty PostgreSQL, and a copy from one to the other. */
async function places(): Promise<
  AsyncDisposable & {
    readonly from: SqlitePlace;
    readonly to: PostgresPlace;
    copy(change?: Partial<CopyOptions>): Promise<CopyOutcome>;
  }
> {
  const [from, to] = [await sqlitePlace(), await postgresPlace()];
  return {
    from,
    to,
    copy: (change = {}) =>
      copyStore({ from: from.path, to: to.url("owner"), keys: keysOf(signer), ...change }),
    [Symbol.asyncDispose]: async () => {
      await to[Symbol.asyncDispose]();
      await from[Symbol.asyncDispose]();
    },
  };
}

const using = async (place: { open(): Promise<Store> }, work: (store: Store) => Promise<unknown>) => {
  await using store = await place.open();
  await work(store);
};

/** Something in every table, and texts that a careless copy would change. */
async function fill(store: Store): Promise<void> {
  const scenario = new StoreScenario(store);
  const run = await scenario.startRun();
  const child = await scenario.startChild(run);
  await store.putTenant("acme", entryOf("tenant"));
  const secret = {
    sealed: new Uint8Array([0, 255, 92, 120]),
    fingerprint: "f1",
    until: 1_800_000_900,
  };
  const connection = {
    tenant: "acme",
    system: "payments",
    account: "acct_acme",
    settings: { region: 'eu "\\\u2028' },
    ...secret,
    revision: 1,
    earlier: secret,
  };
  const also = { alsoAccounts: ["acct_more"] };
  expect(await store.putConnection(connection, entryOf("tenant"), also)).toBe("put");
  await store.freeze("system:warehouse", true, 1_800_000_000, entryOf("freeze"));
  await store.putEvidence(
    { source: "evals", commit: "c1", state: "pass", digest: "d1", receivedAt: 1, detail: "\\u0000 é" },
    entryOf("evidence"),
  );
  const approval = await scenario.granted(run);
  await scenario.spend(run, scenario.spendingOf(approval));
  await scenario.spend(run);
  await store.requestApproval(scenario.approvalOf(run), freshToken(), entryOf("decision"));
  const once = { key: "once|ch_1", windowSeconds: 600 };
  const money = (minor: number) => ({ minor, currency: "USD" });
  const budgets = [{ key: "b", amount: money(100), max: money(1_000), windowSeconds: 600 }];
  const minted = await scenario.mint(child, { once, budgets });
  const useId = newId("use", 1_800_000_000_000);
  await scenario.claim(minted, { useId });
  const settled = {
    ...entryOf("use_outcome"),
    body: { system: "payments", effect: "done", ids: { refund: "re_1" }, text: "\u0000" },
    personal: { subject: "dänä", note: "\u0000 'quoted' \\" },
  };
  await store.settle({
    useId,
    leaseId: minted.lease.id,
    outcome: { effect: "done", ids: { refund: "re_1" }, status: 200 },
    now: 1_800_000_001,
    entry: settled,
  });
  await scenario.mint(run);
  await store.drawQuota({
    key: "q",
    tenant: "acme",
    wanted: 4,
    least: 1,
    limit: 10,
    windowMilliseconds: 60_000,
    now: 1_800_000_000_000,
  });
  await store.closeDoor("door:q", 1_800_000_900, entryOf("door"));
  await store.activatePolicy("v1", "{}", entryOf("policy", null));
  await checkpointsOf(store, signer).checkpoints.checkpoint();
}

/** Every row of a store, by the columns that both have, in an order of its own. */
async function contents(place: { readonly from: SqlitePlace; readonly to: PostgresPlace }) {
  const database = new DatabaseSync(place.from.path, { readOnly: true });
  const sql = place.to.as("owner");
  const text = (value: unknown): unknown =>
    value instanceof Uint8Array
      ? Buffer.from(value).toString("hex")
      : typeof value === "number" || typeof value === "bigint"
        ? String(value)
        : value;
  try {
    const all: Record<string, { sqlite: unknown[]; postgres: unknown[] }> = {};
    for (const table of COPIED_TABLES) {
      const columns = database.prepare(`PRAGMA table_info(${table})`).all();
      const names = columns.map((column) => String(column["name"]));
      const listed = (rows: readonly Record<string, unknown>[]): string[] =>
        rows.map((row) => JSON.stringify(names.map((name) => text(row[name])))).toSorted();
      all[table] = {
        sqlite: listed(database.prepare(`SELECT * FROM ${table}`).all()),
        postgres: listed(await sql.unsafe(`SELECT * FROM watchword.${table}`)),
      };
    }
    return all;
  } finally {
    database.close();
  }
}

describe("copyStore", () => {
  test("knows every table that a store has: none is left behind", async () => {
    await using place = await places();
    await using(place.from, () => Promise.resolve());
    const database = new DatabaseSync(place.from.path, { readOnly: true });
    const sqliteTables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    database.close();
    const postgresTables = await place.to.as(
      "owner",
    )`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'watchword'`;
    const known = [...COPIED_TABLES, "meta"].toSorted();
    for (const tables of [sqliteTables, postgresTables])
      expect(tables.map((row) => String(row["name"])).toSorted()).toEqual(known);
  });

  test("copies every row of every table, byte for byte, and the ledger verifies with what is outside", async () => {
    await using place = await places();
    await using(place.from, fill);
    const outside: string[] = [];
    await using(place.from, async (store) => {
      const { checkpoints, notes } = checkpointsOf(store, signer);
      await recordRefusals(store, 1, 1_100);
      await checkpoints.checkpoint();
      outside.push(...notes);
    });
    const progress: CopyProgress[] = [];
    const outcome = await place.copy({ outside, onProgress: (step) => void progress.push(step) });
    if (!outcome.ok) throw new Error(outcome.firstProblem);
    const records = outcome.rows.ledger;
    expect(progress.filter(({ step }) => step === "ledger").map(({ rows }) => rows)).toEqual([
      500,
      1_000,
      records,
    ]);
    expect(progress.at(-1)).toEqual({ step: "verification", rows: records + 1 });

    const all = await contents(place);
    for (const [table, rows] of Object.entries(all)) {
      expect(rows.sqlite.length, table).toBeGreaterThan(0);
      // The copy has a record of itself, in a chain of its own.
      const more = ["ledger", "ledger_head"].includes(table) ? 1 : 0;
      expect(rows.postgres, table).toHaveLength(rows.sqlite.length + more);
      expect(rows.postgres, table).toEqual(expect.arrayContaining(rows.sqlite));
    }
  });

  test("of a store goes on with its runs, handles, policy and what it spent", async () => {
    await using place = await places();
    const directory = await mkdtemp(join(tmpdir(), "watchword-copied-"));
    try {
      const before = await world({ directory, store: () => place.from.open() });
      const run = await before.start();
      const [lease, spent] = [
        await before.act(run, refundOf("ch_a1")),
        await before.act(run, refundOf("ch_a2", 100)),
      ];
      if (!lease.ok || !spent.ok) throw new Error("an act was refused");
      expect((await sendRefund(before, run, spent.access_token, "charge=ch_a2&amount=100")).status).toBe(200);
      await before[Symbol.asyncDispose]();
      const key = JSON.parse(
        await readFile(join(directory, "keys", "checkpoint.public.jwk"), "utf8"),
      ) as object;
      expect(await place.copy({ keys: await ledgerKeys([key]) })).toMatchObject({ ok: true });

      const after = await world({ directory, store: () => place.to.open() });
      expect((await sendRefund(after, run, lease.access_token, "charge=ch_a1")).status).toBe(200);
      const again = await after.act(run, refundOf("ch_a2", 100));
      expect(again.ok ? "allowed" : again.reason).toBe("already_done");
      await after[Symbol.asyncDispose]();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  test("retires the file: no broker opens it again, unless it is restored", async () => {
    await using place = await places();
    let generation = "";
    await using(place.from, async (store) => {
      ({ generation } = store);
      await fill(store);
    });
    // What an earlier restore refuses, the copy refuses as well.
    const database = new DatabaseSync(place.from.path);
    database.exec("INSERT INTO meta VALUES ('forgotten_until', '1800000500')");
    database.close();
    expect(await place.copy()).toMatchObject({ ok: true });
    const refusal = await refusalOf(sqlite(place.from.path));
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain("copied to another database");
    await using(place.to, async (store) => {
      expect(store.generation).toBe(generation);
      const scenario = new StoreScenario(store);
      const once = { key: "once|other", windowSeconds: 600 };
      expect(await scenario.spend(await scenario.startRun(), { once })).toBe("outcome_unknown");
      expect(await store.activePolicy()).toMatchObject({ version: "v1", epoch: 1 });
    });
    expect((await refusalOf(place.copy())).message).toContain("copied before");
    await restoreSqlite(place.from.path, { backupTakenAt: Date.now() });
    await using(place.from, (store) => Promise.resolve(expect(store.generation).not.toBe(generation)));
  });

  test("brings a store of the first version along, with the policy that was active", async () => {
    await using place = await places();
    const database = new DatabaseSync(place.from.path);
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(FIRST_VERSION);
    database.exec("INSERT INTO policy VALUES ('v0', '{}'); INSERT INTO epoch VALUES ('policy', 1)");
    database.exec("INSERT INTO meta VALUES ('active_policy', 'v0')");
    database.close();
    const earlier = [await verificationKey(SIGNED_BY.keyId, SIGNED_BY.publicJwk)];
    expect(await place.copy({ keys: { notes: [], earlier } })).toMatchObject({ ok: true });
    await using copy = await place.to.open();
    expect(await copy.activePolicy()).toEqual({ version: "v0", epoch: 1, document: "{}" });
  });
});

describe("copyStore refuses, and changes nothing,", () => {
  const refused = async (place: Awaited<ReturnType<typeof places>>): Promise<string> => {
    const refusal = await refusalOf(place.copy());
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).not.toContain("of-these-tests-only");
    return refusal.message;
  };

  test("a database that is not empty", async () => {
    await using place = await places();
    await using(place.from, fill);
    await using(place.to, (store) => store.recordRefusal(entryOf("decision"), undefined));
    expect(await refused(place)).toContain("not empty");
    await using(place.from, (store) => new StoreScenario(store).startRun());
  });

  test("a database that a broker has open, and one without a schema", async () => {
    await using place = await places();
    await using(place.from, fill);
    await using(place.to, async () => expect(await refused(place)).toContain("a broker is connected"));
    await using bare = await postgresPlace({ template: "template1" });
    const refusal = await refusalOf(place.copy({ to: bare.url("owner") }));
    expect(refusal.message).toContain("run watchword migrate");
  });

  test("a file that a broker has open, and one that is not there", async () => {
    await using place = await places();
    await using(place.from, async (store) => {
      await fill(store);
      expect(await refused(place)).toContain("stop the broker");
    });
    const missing = await refusalOf(place.copy({ from: `${place.from.path}.not` }));
    expect(missing.reason).toBe("ledger_unavailable");
  });

  test("the store's own role, which owns nothing", async () => {
    await using place = await places();
    await using(place.from, fill);
    expect((await refusalOf(place.copy({ to: place.to.url("store") }))).message).toContain("42501");
    await using(place.from, (store) => new StoreScenario(store).startRun());
  });

  test("a ledger that does not verify, naming the first bad record, and one of another's key", async () => {
    await using place = await places();
    await using(place.from, fill);
    const database = new DatabaseSync(place.from.path);
    database.exec(`UPDATE ledger SET body = '{"outcome":"forged"}' WHERE sequence = 3`);
    database.close();
    expect(await place.copy()).toMatchObject({
      ok: false,
      firstProblem: expect.stringMatching(/record 3: its hash does not match its content/) as string,
    });
    expect(await place.copy({ keys: keysOf(newNoteSigner()) })).toMatchObject({ ok: false });
    expect(await place.copy({ outside: ["nothing\n"] })).toMatchObject({ ok: false });
    const [row] = await place.to.as("owner")`SELECT count(*)::int AS rows FROM watchword.ledger`;
    expect(row?.["rows"]).toBe(0);
    await using store = await postgres({ url: place.to.url("store") });
    expect(await store.ledgerHeads()).toEqual([]);
    await using(place.from, (open) => open.recordRefusal(entryOf("decision"), undefined));
  });
});
