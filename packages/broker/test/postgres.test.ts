import { type LedgerEntry, newId } from "@watchword/core";
import { StoreScenario, entryOf, freshToken } from "@watchword/conformance";
import { describe, expect, test } from "vitest";
import { verifyLedger } from "../src/ledger/verify-ledger.ts";
import { migratePostgres, postgres } from "../src/postgres/index.ts";
import { MIGRATIONS } from "../src/postgres/migrations.ts";
import { createDatabase, databaseUrl, dropDatabase, postgresPlace } from "./postgres-place.ts";
import { refusalOf } from "./refusal-of.ts";

describe("a store in PostgreSQL is not opened", () => {
  test("on a database that was never migrated; the error says what to do", async () => {
    await using place = await postgresPlace({ template: "template1" });
    const refusal = await refusalOf(place.open());
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain("run migratePostgres");
  });

  test.for([
    { version: "99", says: "newer version of Watchword" },
    { version: "0", says: "run migratePostgres" },
  ])("on a schema of version $version", async ({ version, says }) => {
    await using place = await postgresPlace();
    await place.as("owner")`UPDATE watchword.meta SET value = ${version} WHERE key = 'schema_version'`;
    const refusal = await refusalOf(place.open());
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain(says);
  });

  test("when a confirmed record could be lost: synchronous_commit is off", async () => {
    await using place = await postgresPlace();
    await place.as("admin").unsafe(`ALTER DATABASE ${place.name} SET synchronous_commit = off`);
    const refusal = await refusalOf(place.open());
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain("synchronous_commit is off");
  });

  test.for(["owner", "admin"] as const)(
    "with a role that could change what is recorded: %s",
    async (role) => {
      await using place = await postgresPlace();
      const refusal = await refusalOf(postgres({ url: place.url(role) }));
      expect(refusal.reason).toBe("configuration_invalid");
      expect(refusal.message).toContain("the role that migratePostgres was told");
    },
  );

  test("with a wrong password, which no error shows", async () => {
    await using place = await postgresPlace();
    const url = place.url("store").replace("of-these-tests-only", "hunter2-canary");
    const refusal = await refusalOf(postgres({ url }));
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain("28P01");
    expect(`${refusal.message}${JSON.stringify(refusal)}${String(refusal.stack)}`).not.toContain("canary");
  });

  test("by a URL that cannot be read, which no error shows", async () => {
    const refusal = await refusalOf(postgres({ url: "postgresql://a:canary@[:x/y" }));
    expect(refusal.reason).toBe("configuration_invalid");
    expect(`${refusal.message}${String(refusal.stack)}`).not.toContain("canary");
  });

  test("where nothing listens: that may pass", async () => {
    const refusal = await refusalOf(postgres({ url: "postgresql://store@127.0.0.1:1/none" }));
    expect(refusal.reason).toBe("ledger_unavailable");
  });
});

describe("migratePostgres", () => {
  test("may be run again, and twice at once; the store's generation stays", async () => {
    await using place = await postgresPlace({ template: "template1" });
    const migrate = () => migratePostgres(place.url("owner"), { role: "store" });
    const both = await Promise.all([migrate(), migrate()]);
    expect(both.map(({ from }) => from).toSorted((a, b) => a - b)).toEqual([0, MIGRATIONS.length]);
    const first = await place.open();
    await first[Symbol.asyncDispose]();
    expect(await migrate()).toEqual({ from: MIGRATIONS.length, to: MIGRATIONS.length });
    await using second = await place.open();
    expect(second.generation).toBe(first.generation);
  });

  test("refuses a database that a newer version migrated", async () => {
    await using place = await postgresPlace();
    await place.as("owner")`UPDATE watchword.meta SET value = '99' WHERE key = 'schema_version'`;
    expect((await refusalOf(migratePostgres(place.url("owner"), { role: "store" }))).message).toContain(
      "newer",
    );
  });

  test.for([
    { role: "nobody", says: 'no role "nobody"' },
    { role: "owner", says: "must not be" },
    { role: "admin", says: "must not be" },
    { role: 'store"; DROP SCHEMA watchword; --', says: "no role" },
  ])("refuses $role as the store's role", async ({ role, says }) => {
    await using place = await postgresPlace();
    const refusal = await refusalOf(migratePostgres(place.url("owner"), { role }));
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain(says);
  });

  test("leaves nothing behind when it fails halfway", async () => {
    const name = await createDatabase("template1");
    // The store's role may not create a schema here.
    expect((await refusalOf(migratePostgres(databaseUrl("store", name), { role: "owner" }))).reason).toBe(
      "configuration_invalid",
    );
    expect(await migratePostgres(databaseUrl("owner", name), { role: "store" })).toMatchObject({ from: 0 });
    await dropDatabase(name);
  });
});

describe("the store's role", () => {
  const FORBIDDEN = [
    "UPDATE watchword.ledger SET body = '{}'",
    "DELETE FROM watchword.ledger",
    "TRUNCATE watchword.ledger",
    "UPDATE watchword.ledger_personal SET value = '{}'",
    "TRUNCATE watchword.ledger_personal",
    "UPDATE watchword.decision_object SET object = ''",
    "DELETE FROM watchword.decision_object",
    "UPDATE watchword.checkpoint SET hash = ''",
    "DELETE FROM watchword.checkpoint",
    "DELETE FROM watchword.ledger_head",
    "UPDATE watchword.evidence SET state = 'pass'",
    "UPDATE watchword.policy SET document = '{}'",
    "UPDATE watchword.meta SET value = 'x'",
    "DELETE FROM watchword.tenant",
    "CREATE TABLE watchword.mine (id int)",
    "CREATE TABLE public.mine (id int)",
    "ALTER TABLE watchword.ledger DISABLE TRIGGER ALL",
    "DROP TABLE watchword.ledger",
    "CREATE OR REPLACE FUNCTION watchword.run_lives(the_run text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
  ];

  test("changes neither the schema nor what is recorded", async () => {
    await using place = await postgresPlace();
    const sql = place.as("store");
    for (const statement of FORBIDDEN) {
      const code: unknown = await sql.unsafe(statement).then(
        () => "done",
        (error: unknown) => (error as { code?: unknown }).code,
      );
      expect(code, statement).toBe("42501");
    }
  });

  test("is the only one besides the owner that sees anything", async () => {
    await using place = await postgresPlace();
    const admin = place.as("admin");
    await admin.unsafe("DROP ROLE IF EXISTS passer_by");
    await admin.unsafe("CREATE ROLE passer_by");
    await admin.unsafe("SET ROLE passer_by");
    await expect(admin.unsafe("SELECT * FROM watchword.ledger")).rejects.toMatchObject({ code: "42501" });
    await admin.unsafe("RESET ROLE");
    await admin.unsafe("DROP ROLE passer_by");
  });
});

describe("a store in PostgreSQL", () => {
  const numbered = (index: number): LedgerEntry => ({ ...entryOf("decision"), body: { index } });

  test("commits what arrives together in fewer transactions than commands", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    const batch = async (): Promise<number> =>
      Number((await place.as("owner")`SELECT batch FROM watchword.ledger_head`)[0]?.["batch"]);
    await Promise.all(
      Array.from({ length: 64 }, (_, index) => store.recordRefusal(numbered(index), undefined)),
    );
    expect(await batch()).toBe(1);
    for (let index = 0; index < 8; index++) await store.recordRefusal(numbered(index), undefined);
    expect(await batch()).toBe(9);
  });

  test("takes back only the command that fails, and its chain stays whole", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    const scenario = new StoreScenario(store);
    const run = await scenario.startRun();
    const unknown = {
      minted: false,
      decisionId: newId("dec", 1),
      reopen: true,
      entry: entryOf("outcome"),
    } as const;
    const [intent, noMint, refusal, nul] = await Promise.allSettled([
      scenario.spend(run),
      store.recordMint(unknown),
      store.recordRefusal(numbered(1), freshToken()),
      store.recordRefusal(numbered(2), { ...freshToken(), jti: "no database text holds \0" }),
    ]);
    expect(intent).toEqual({ status: "fulfilled", value: "recorded" });
    expect(refusal).toEqual({ status: "fulfilled", value: "recorded" });
    for (const failed of [noMint, nul])
      expect(failed).toMatchObject({ status: "rejected", reason: { reason: "ledger_unavailable" } });
    expect(await scenario.kinds()).toEqual(["run_started", "intent", "decision"]);
    expect(await verifyLedger(store, { notes: [], earlier: [] })).toMatchObject({ ok: true, records: 3 });
  });

  test("does not continue a chain whose head somebody changed", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    await store.recordRefusal(numbered(1), undefined);
    await place.as("owner")`UPDATE watchword.ledger_head SET hash = 'forged'`;
    for (const index of [2, 3]) {
      const refusal = await refusalOf(store.recordRefusal(numbered(index), undefined));
      expect(refusal.reason).toBe("ledger_unavailable");
      expect(refusal.message).toContain("head");
    }
    expect(await store.ledger()).toHaveLength(1);
    await using next = await place.open();
    await next.recordRefusal(numbered(4), undefined);
    expect(await next.ledger()).toHaveLength(1);
  });

  test("refuses a group that is older than one that was written, whatever head it takes", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    for (const index of [1, 2]) await store.recordRefusal(numbered(index), undefined);
    const head = { sequence: 0, hash: "A".repeat(43), exact: false };
    const write = (batch: number): Promise<unknown> =>
      place
        .as("store")
        .unsafe("SELECT watchword.write_group($1, $2, $3::text::jsonb, '{}', '{}', '[]')", [
          store.replica,
          batch,
          JSON.stringify(head),
        ]);
    for (const batch of [1, 2]) await expect(write(batch)).rejects.toMatchObject({ code: "WW005" });
    await write(3);
  });

  test("forgets the ids of expired tokens, also when all that it records are refusals", async () => {
    await using place = await postgresPlace();
    await using store = await place.open();
    for (const second of [0, 1_000, 2_000, 3_000])
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          store.recordRefusal(
            { ...numbered(index), at: second * 1_000 },
            { issuer: "urn:test:runtime", jti: `${second}-${index}`, expiresAt: second + 60 },
          ),
        ),
      );
    const [row] = await place.as("owner")`SELECT count(*)::int AS kept FROM watchword.used_token`;
    expect(row?.["kept"]).toBe(100);
  });

  test("that was closed answers ledger_unavailable, reading and writing", async () => {
    await using place = await postgresPlace();
    const store = await place.open();
    await store[Symbol.asyncDispose]();
    expect((await refusalOf(store.recordRefusal(numbered(1), undefined))).reason).toBe("ledger_unavailable");
    expect((await refusalOf(store.run("run_1"))).reason).toBe("ledger_unavailable");
  });
});
