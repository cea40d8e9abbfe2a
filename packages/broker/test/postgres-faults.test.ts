import { StoreScenario, entryOf, freshToken } from "@watchword/conformance";
import { describe, expect, test } from "vitest";
import { verifyLedger } from "../src/ledger/verify-ledger.ts";
import { postgres } from "../src/postgres/index.ts";
import { type PostgresPlace, createDatabase, databaseUrl, postgresPlace } from "./postgres-place.ts";
import { testServer } from "./postgres-server.ts";
import { refusalOf } from "./refusal-of.ts";
import { stallingProxy } from "./stalling-proxy.ts";

/** Two seconds, and what a busy machine adds. */
const SOON_MILLISECONDS = 3_000;

/** That writing is refused for want of a ledger, in time. */
async function expectUnavailable(attempt: () => Promise<unknown>): Promise<string> {
  const start = performance.now();
  const refusal = await refusalOf(attempt());
  expect(refusal.reason).toBe("ledger_unavailable");
  expect(performance.now() - start).toBeLessThan(SOON_MILLISECONDS);
  return refusal.message;
}

const kill = (place: PostgresPlace): Promise<unknown> =>
  place
    .as("admin")
    .unsafe(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'watchword' AND datname = $1",
      [place.name],
    );

describe("when the database", () => {
  test("is busy for too long, what was refused for it is not spent later", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const other = place.as("store");
    await other`SELECT pg_advisory_lock(hashtextextended('everything', 0))`;
    const token = freshToken();
    await expectUnavailable(() => scenario.spend(run, { token }));
    await other`SELECT pg_advisory_unlock(hashtextextended('everything', 0))`;
    expect(await scenario.spend(run, { token })).toBe("recorded");
    expect(await scenario.kinds()).toEqual(["run_started", "intent"]);
  });

  test("has a table locked, the command that needs it is refused and its token is not spent", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const token = freshToken();
    await place.as("owner").begin(async (sql) => {
      await sql`LOCK TABLE watchword.intent IN ACCESS EXCLUSIVE MODE`;
      await expectUnavailable(() => scenario.spend(run, { token }));
    });
    expect(await scenario.spend(run, { token })).toBe("recorded");
  });

  test("only reads, nothing is recorded until it writes again; what was recorded can be read", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const admin = place.as("admin");
    await admin.unsafe(`ALTER DATABASE ${place.name} SET default_transaction_read_only = on`);
    await kill(place);
    await refusalOf(scenario.spend(run));
    expect(await expectUnavailable(() => scenario.spend(run))).toContain("25006");
    expect(await store.ledger()).toHaveLength(1);
    await admin.unsafe(`ALTER DATABASE ${place.name} SET default_transaction_read_only = off`);
    await kill(place);
    expect(await scenario.spend(run)).toBe("recorded");
  });

  test.for([
    { name: "while it writes", when: "BEFORE INSERT", constraint: "" },
    { name: "while it commits", when: "AFTER INSERT", constraint: "CONSTRAINT" },
  ])("is full $name, nothing of it stays", async ({ when, constraint }) => {
    await using place = await postgresPlace();
    await using store = await place.open();
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const owner = place.as("owner");
    await owner.unsafe(
      `CREATE FUNCTION watchword.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$;
       CREATE ${constraint} TRIGGER full_disk ${when} ON watchword.ledger ${constraint === "" ? "" : "DEFERRABLE INITIALLY DEFERRED"}
         FOR EACH ROW EXECUTE FUNCTION watchword.full()`,
    );
    const token = freshToken();
    await expectUnavailable(() => scenario.spend(run, { token }));
    await owner.unsafe("DROP TRIGGER full_disk ON watchword.ledger");
    expect(await scenario.spend(run, { token })).toBe("recorded");
    expect((await verifyLedger(store, { notes: [], earlier: [] })).records).toBe(2);
  });

  test("was told not to flush meanwhile, nothing is confirmed any more", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    await place.as("admin").unsafe(`ALTER DATABASE ${place.name} SET synchronous_commit = off`);
    await kill(place);
    await refusalOf(scenario.spend(run));
    expect(await expectUnavailable(() => scenario.spend(run))).toContain("WW003");
  });

  test("cuts connections under load, every answer is true and the chain is whole", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const outcomes: string[] = [];
    const clients = Array.from({ length: 32 }, async () => {
      for (let index = 0; index < 12; index++)
        outcomes.push(await scenario.spend(run).catch((error: Error) => error.message));
    });
    const cuts = (async () => {
      for (let cut = 0; cut < 6; cut++) await kill(place);
    })();
    await Promise.all([...clients, cuts]);
    const recorded = outcomes.filter((outcome) => outcome === "recorded").length;
    expect(outcomes.filter((outcome) => !/^recorded$|^ledger_unavailable/.test(outcome))).toEqual([]);
    expect(recorded).toBeGreaterThan(0);
    const intents = (await scenario.kinds()).filter((kind) => kind === "intent").length;
    // A cut may hide that a commit happened, never that it did not.
    expect(intents).toBeGreaterThanOrEqual(recorded);
    const [row] = await place.as("owner")`SELECT count(*)::int AS count FROM watchword.intent`;
    expect(row?.["count"]).toBe(intents);
    await scenario.spend(run).catch(() => undefined);
    expect(await scenario.spend(run)).toBe("recorded");
    expect((await verifyLedger(store, { notes: [], earlier: [] })).firstProblem).toBeUndefined();
  });

  test("goes down and comes back, the open store is refused in time and then goes on", async () => {
    await using server = await testServer();
    const url = databaseUrl("store", await createDatabase(undefined, server.port), server.port);
    await using store = await postgres({ url });
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    await server.stop();
    await expectUnavailable(() => scenario.spend(run));
    await expectUnavailable(() => store.run(run.id));
    await server.start();
    expect(await scenario.spend(run)).toBe("recorded");
    expect((await verifyLedger(store, { notes: [], earlier: [] })).records).toBe(2);

    await server.stop();
    await server.start("-c", "fsync=off");
    expect(await expectUnavailable(() => scenario.spend(run))).toContain("WW003");
    const refusal = await refusalOf(postgres({ url }));
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain("fsync is off");
  });
});

describe("when the network", () => {
  test("delivers an act after its caller was told no, nothing is spent", async () => {
    await using place = await postgresPlace();
    await using proxy = await stallingProxy(Number(new URL(place.url("store")).port));
    await using store = await postgres({ url: throughPort(place, proxy.port) });
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const token = freshToken();
    proxy.hold();
    await expectUnavailable(() => scenario.spend(run, { token }));
    await proxy.release();
    expect(await scenario.spend(run, { token })).toBe("recorded");
    expect((await verifyLedger(store, { notes: [], earlier: [] })).records).toBe(2);
  });

  test("delivers a fact after younger ones were recorded, it comes too late for the chain", async () => {
    await using place = await postgresPlace();
    await using proxy = await stallingProxy(Number(new URL(place.url("store")).port));
    await using store = await postgres({ url: throughPort(place, proxy.port) });
    const scenario = new StoreScenario(store);
    await scenario.startRun();
    proxy.hold();
    await expectUnavailable(() => store.recordRefusal(entryOf("decision"), undefined));
    await store.recordRefusal(entryOf("evidence"), undefined);
    await proxy.release();
    await store.recordRefusal(entryOf("evidence"), undefined);
    expect(await scenario.kinds()).toEqual(["run_started", "evidence", "evidence"]);
    expect(await verifyLedger(store, { notes: [], earlier: [] })).toMatchObject({ ok: true, records: 3 });
  });

  test("delivers a fact late, before anything younger, it is recorded and the chain goes on", async () => {
    await using place = await postgresPlace();
    await using proxy = await stallingProxy(Number(new URL(place.url("store")).port));
    await using store = await postgres({ url: throughPort(place, proxy.port) });
    const scenario = new StoreScenario(store);
    await scenario.startRun();
    proxy.hold();
    await expectUnavailable(() => store.recordRefusal(entryOf("decision"), undefined));
    await proxy.release();
    await store.recordRefusal(entryOf("evidence"), undefined);
    expect(await scenario.kinds()).toEqual(["run_started", "decision", "evidence"]);
    expect(await verifyLedger(store, { notes: [], earlier: [] })).toMatchObject({ ok: true, records: 3 });
  });

  test("loses the answer, the same act learns that it may have happened, and the chain goes on", async () => {
    await using place = await postgresPlace();
    await using proxy = await stallingProxy(Number(new URL(place.url("store")).port));
    await using store = await postgres({ url: throughPort(place, proxy.port) });
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const intent = scenario.intentOf(run);
    proxy.loseAnswers();
    await expectUnavailable(() => store.recordIntent(intent));
    await proxy.release();
    const again = await store.recordIntent({ ...intent, token: freshToken() });
    expect(again).toEqual({ outcome: "outcome_unknown" });
    expect(await scenario.spend(run)).toBe("recorded");
    expect(await verifyLedger(store, { notes: [], earlier: [] })).toMatchObject({ ok: true, records: 3 });
  });

  test("hangs, reading is refused in time, and reads again when it is back", async () => {
    await using place = await postgresPlace();
    await using proxy = await stallingProxy(Number(new URL(place.url("store")).port));
    await using store = await postgres({ url: throughPort(place, proxy.port), readers: 1 });
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    proxy.hold();
    await expectUnavailable(() => store.run(run.id));
    await proxy.release();
    expect(await store.run(run.id)).toEqual(run);
  });
});

function throughPort(place: PostgresPlace, port: number): string {
  const url = new URL(place.url("store"));
  url.port = String(port);
  return url.href;
}
