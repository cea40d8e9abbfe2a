import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Refusal, type LedgerEntry, type Store } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { sqlite } from "../src/sqlite/index.ts";
import { sqlitePlace } from "./sqlite-place.ts";

const entry = (index = 0): LedgerEntry => ({
  kind: "decision",
  at: 1_800_000_000_000,
  tenant: "acme",
  body: { index },
});

async function refusalOf(attempt: Promise<unknown>): Promise<Refusal> {
  const outcome = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!Refusal.is(outcome)) throw new Error("expected a refusal", { cause: outcome });
  return outcome;
}

describe("a SQLite store is not opened", () => {
  test.for(["", ":memory:", "file::memory:?cache=shared", "file:watchword.db"])(
    "in memory or by URI: '%s'",
    async (path) => {
      expect((await refusalOf(sqlite(path))).reason).toBe("configuration_invalid");
    },
  );

  test("in a directory that does not exist; the error says which path and what to do", async () => {
    await using place = await sqlitePlace();
    const path = join(place.directory, "missing", "watchword.db");
    const refusal = await refusalOf(sqlite(path));
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain(path);
    expect(refusal.message).toContain("exists and is writable");
  });

  test("from a directory, or a file that is no database", async () => {
    await using place = await sqlitePlace();
    await mkdir(join(place.directory, "folder"));
    expect((await refusalOf(sqlite(join(place.directory, "folder")))).reason).toBe("configuration_invalid");
    await writeFile(place.path, "this is a text, and a long enough one to be read as a header of a database");
    expect((await refusalOf(sqlite(place.path))).reason).toBe("configuration_invalid");
  });

  test("when a newer version of Watchword wrote it", async () => {
    await using place = await sqlitePlace();
    await (await place.open())[Symbol.asyncDispose]();
    const database = new DatabaseSync(place.path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const refusal = await refusalOf(place.open());
    expect(refusal.reason).toBe("configuration_invalid");
    expect(refusal.message).toContain("newer version of Watchword");
  });
});

describe("a SQLite store", () => {
  test("is readable by its owner only, side files too", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    await store.recordRefusal(entry(), undefined);
    const names = await readdir(place.directory);
    expect(names).toContain("watchword.db-wal");
    for (const name of names)
      expect((await stat(join(place.directory, name))).mode & 0o777, name).toBe(0o600);
  });

  test("flushes before it confirms: write-ahead log with full synchronisation", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    await store.recordRefusal(entry(), undefined);
    const database = new DatabaseSync(place.path, { readOnly: true });
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    database.close();
  });

  test("commits what arrives together in fewer transactions than commands", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    const commits = async (write: () => Promise<unknown>): Promise<number> => {
      const before = await walFrames(place.path);
      await write();
      return (await walFrames(place.path)) - before;
    };
    const together = await commits(() => recordMany(store, 64));
    const alone = await commits(async () => {
      for (let index = 0; index < 64; index++) await store.recordRefusal(entry(index), undefined);
    });
    // A commit writes each page it touched once, so 64 commits of one write more than a few commits of many.
    expect(together * 4).toBeLessThan(alone);
  });

  test("takes only the one back that fails among those that arrive together, and the chain has no gap", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    const token = { issuer: "urn:test:runtime", jti: "once", expiresAt: 1_800_000_060 };
    const unknown = {
      useId: "use_1",
      leaseId: "lease_1",
      outcome: { effect: "done", ids: {}, status: 200 },
      now: 1_800_000_000,
      entry: entry(1),
    } as const;
    const together = await Promise.allSettled([
      store.recordRefusal(entry(0), token),
      store.settle(unknown),
      store.recordRefusal(entry(2), undefined),
    ]);
    expect(together.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await store.ledger()).map(({ sequence, body }) => [sequence, body["index"]])).toEqual([
      [1, 0],
      [2, 2],
    ]);
    expect(await store.recordRefusal(entry(3), token)).toBe("token_replayed");
  });

  test("forgets the ids of expired tokens, also when all that it records are refusals", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    const refuse = (second: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          store.recordRefusal(
            { ...entry(index), at: second * 1_000 },
            { issuer: "urn:test:runtime", jti: `${second}-${index}`, expiresAt: second + 60 },
          ),
        ),
      );
    for (const second of [0, 1_000, 2_000, 3_000]) await refuse(second);
    const database = new DatabaseSync(place.path, { readOnly: true });
    expect(database.prepare("SELECT count(*) AS kept FROM used_token").get()).toEqual({ kept: 100 });
    database.close();
  });

  test("whose disk is full refuses with ledger_unavailable, and what it had confirmed is whole", async () => {
    await using place = await sqlitePlace({ maxPages: 80 });
    await using store = await place.open();
    let confirmed = 0;
    const big = (): LedgerEntry => ({ ...entry(), body: { text: "x".repeat(2_000) } });
    const refusal = await refusalOf(
      (async () => {
        for (;;) {
          await store.recordRefusal(big(), undefined);
          confirmed++;
        }
      })(),
    );
    expect(refusal.reason).toBe("ledger_unavailable");
    expect(refusal.message).not.toContain(place.path);
    expect(confirmed).toBeGreaterThan(5);
    expect(await store.ledger({ limit: 1_000 })).toHaveLength(confirmed);
    expect((await refusalOf(store.recordRefusal(big(), undefined))).reason).toBe("ledger_unavailable");
  });

  test("that another process holds for writing answers ledger_unavailable instead of waiting on", async () => {
    await using place = await sqlitePlace({ busyMilliseconds: 50 });
    await using store = await place.open();
    const other = new DatabaseSync(place.path);
    other.exec("BEGIN IMMEDIATE");
    expect((await refusalOf(store.recordRefusal(entry(), undefined))).reason).toBe("ledger_unavailable");
    other.exec("ROLLBACK");
    other.close();
    await store.recordRefusal(entry(), undefined);
    expect(await store.ledger()).toHaveLength(1);
  });

  test("that was closed answers ledger_unavailable, reading and writing", async () => {
    await using place = await sqlitePlace();
    const store = await place.open();
    await store[Symbol.asyncDispose]();
    expect((await refusalOf(store.recordRefusal(entry(), undefined))).reason).toBe("ledger_unavailable");
    expect((await refusalOf(store.run("run_1"))).reason).toBe("ledger_unavailable");
  });
});

async function recordMany(store: Store, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => store.recordRefusal(entry(index), undefined)),
  );
}

/** Pages written to the log so far. */
async function walFrames(path: string): Promise<number> {
  return Math.floor((await stat(`${path}-wal`)).size / 4_120);
}
