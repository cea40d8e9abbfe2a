import { execFile } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { newAction } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { postgres } from "../src/postgres/index.ts";
import { type PostgresPlace, createDatabase, databaseUrl, postgresPlace } from "./postgres-place.ts";
import { testServer } from "./postgres-server.ts";
import { stallingProxy } from "./stalling-proxy.ts";
import { world } from "./world.ts";

/** With `WATCHWORD_LONG=1` also what takes its seconds, and what needs a file system of its own. */
const LONG = process.env["WATCHWORD_LONG"] === "1";

interface Outage {
  /** Where the store reaches its database. */
  readonly url: string;
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
  /** How many records may still find room after it began. Default 0. */
  readonly room?: number;
}

/** A broker goes through an outage of its database: it refuses with the right reason, mints nothing, and goes on by itself. */
async function expectOutage({ url, begin, end, room = 0 }: Outage): Promise<void> {
  await using place = await world({ store: () => postgres({ url }) });
  const run = await place.start();
  let allowed = 0;
  const act = async (): Promise<string> => {
    const action = { system: "payments", operation: "charges.retrieve", resource: {} };
    const start = performance.now();
    const answer = await place.act(run, newAction({ ...action, arguments: { charge: "ch_a1" } }));
    if (answer.ok) allowed++;
    else if (LONG)
      process.stdout.write(`${answer.reason} after ${(performance.now() - start).toFixed(0)} ms\n`);
    return answer.ok ? "allowed" : answer.reason;
  };
  expect(await act()).toBe("allowed");
  await begin();
  for (let left = room; left > 0 && (await act()) === "allowed";) left--;
  expect([await act(), await act()]).toEqual(["ledger_unavailable", "ledger_unavailable"]);
  await end();
  // Whoever comes first may find a connection that was cut.
  expect(["allowed", "ledger_unavailable"]).toContain(await act());
  expect(await act(), "without a restart").toBe("allowed");
  const kinds = (await place.ledger()).map(({ kind }) => kind);
  for (const kind of ["intent", "outcome"])
    expect(
      kinds.filter((each) => each === kind),
      `one ${kind} for each answer, none for a refusal`,
    ).toHaveLength(allowed);
  expect((await place.broker.verifyLedger()).firstProblem).toBeUndefined();
}

/** New connections have what was set meanwhile. */
const cut = async (place: PostgresPlace): Promise<void> => {
  await place
    .as("admin")
    .unsafe(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'watchword' AND datname = $1",
      [place.name],
    );
};

/** A function that fails as a disk without space does; for every row of the ledger. */
const FULL = `CREATE FUNCTION watchword.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$;
  CREATE TRIGGER full_disk BEFORE INSERT ON watchword.ledger FOR EACH ROW EXECUTE FUNCTION watchword.full()`;

describe("a broker whose database", () => {
  test("only reads: ledger_unavailable, and it goes on by itself", async () => {
    await using database = await postgresPlace();
    const admin = database.as("admin");
    const readOnly = async (mode: "on" | "off"): Promise<void> => {
      await admin.unsafe(`ALTER DATABASE ${database.name} SET default_transaction_read_only = ${mode}`);
      await cut(database);
    };
    await expectOutage({
      url: database.url("store"),
      begin: () => readOnly("on"),
      end: () => readOnly("off"),
    });
  });

  test("is full: ledger_unavailable, and it goes on by itself", async () => {
    await using database = await postgresPlace();
    const owner = database.as("owner");
    await expectOutage({
      url: database.url("store"),
      begin: async () => void (await owner.unsafe(FULL)),
      end: async () => void (await owner.unsafe("DROP TRIGGER full_disk ON watchword.ledger")),
    });
  });

  if (!LONG) {
    process.stdout.write("slow, stopped and really full databases: with WATCHWORD_LONG=1\n");
    return;
  }

  test("is slow: ledger_unavailable in time, and it goes on by itself", async () => {
    await using database = await postgresPlace();
    const url = new URL(database.url("store"));
    await using proxy = await stallingProxy(Number(url.port));
    url.port = String(proxy.port);
    await expectOutage({ url: url.href, begin: async () => proxy.hold(), end: () => proxy.release() });
  });

  test("is stopped: ledger_unavailable, and it goes on by itself", async () => {
    await using server = await testServer();
    const url = databaseUrl("store", await createDatabase(undefined, server.port), server.port);
    await expectOutage({ url, begin: () => server.stop(), end: () => server.start() });
  });

  test("has no space left on its disk: ledger_unavailable, and it goes on by itself", async () => {
    await using disk = await smallDisk();
    if (disk.path === undefined)
      return void process.stdout.write("a disk of its own needs root and mount; not tried here\n");
    await using database = await postgresPlace();
    const admin = database.as("admin");
    await admin.unsafe(`CREATE TABLESPACE small LOCATION '${disk.path}'`);
    await admin.unsafe("ALTER TABLE watchword.ledger SET TABLESPACE small");
    await admin.unsafe("CREATE TABLE public.filler (text text) TABLESPACE small");
    await expectOutage({
      url: database.url("store"),
      begin: async () => {
        for (const rows of [1_000, 100, 10, 1])
          for (;;) {
            const fill = `INSERT INTO public.filler SELECT repeat(md5(random()::text), 50) FROM generate_series(1, ${rows})`;
            if ((await admin.unsafe(fill).catch(() => undefined)) === undefined) break;
          }
      },
      end: async () => void (await admin.unsafe("DROP TABLE public.filler; CHECKPOINT")),
      // In the last page of the ledger there is some.
      room: 50,
    });
    await admin.unsafe("ALTER TABLE watchword.ledger SET TABLESPACE pg_default");
    await admin.unsafe("DROP TABLESPACE small");
  });
});

/** A file system of 16 MB for the database's user; `undefined` where none can be mounted. */
async function smallDisk(): Promise<AsyncDisposable & { readonly path: string | undefined }> {
  const run = promisify(execFile);
  const path = await mkdtemp(join(tmpdir(), "watchword-disk-"));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", path]);
  } catch {
    return { path: undefined, [Symbol.asyncDispose]: remove };
  }
  const { stdout } = await run("id", ["-u", "postgres"]);
  await chown(path, Number(stdout), -1).catch(() => undefined);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await run("umount", ["-l", path]);
      await remove();
    },
  };
}
