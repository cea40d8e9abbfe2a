import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LedgerSink, Refusal, type Store } from "@watchword/core";
import { readCheckpointNote, splitNotes, verifyLedger } from "@watchword/broker/verify-ledger";
import { describe, expect, test } from "vitest";
import { type BrokerOptions, fileSink, httpSink } from "../src/index.ts";
import { checkpointsOf, keysOf, newNoteSigner, recordRefusals } from "./signed-ledger.ts";
import { sqlitePlace } from "./sqlite-place.ts";
import { effects, refundOf, testClock, world } from "./world.ts";

const sizes = (notes: readonly string[]) => notes.map((note) => readCheckpointNote(note)?.size);

/** A place outside that takes checkpoints as long as it is told to. */
function outside(): { sink: LedgerSink; notes: string[]; up: boolean } {
  const place = {
    notes: [] as string[],
    up: true,
    sink: {
      name: "outside",
      push: async (note: string) => {
        if (!place.up) throw new Refusal("ledger_unavailable", { detail: "outside is down" });
        place.notes.push(note);
      },
    },
  };
  return place;
}

/** Counts what is read of the ledger. */
function counting(store: Store): { store: Store; records: number } {
  const count = {
    records: 0,
    store: new Proxy(store, {
      get: (target, name) => {
        if (name === "ledger")
          return async (options: Parameters<Store["ledger"]>[0]) => {
            const page = await target.ledger(options);
            count.records += page.length;
            return page;
          };
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
  };
  return count;
}

describe("checkpoints", () => {
  test("come after a minute when there is something new, and at the latest after 1,000 records", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    const clock = testClock();
    const { checkpoints, notes } = checkpointsOf(store, newNoteSigner(), clock);
    await recordRefusals(store, 1, 3);
    await checkpoints.keepUp();
    expect(sizes(notes)).toEqual([]);
    clock.advance(60);
    await checkpoints.keepUp();
    clock.advance(600);
    await checkpoints.keepUp();
    expect(sizes(notes)).toEqual([3]);
    await recordRefusals(store, 4, 2_500);
    await checkpoints.keepUp();
    expect(sizes(notes)).toEqual([3, 1_003, 2_003]);
    await checkpoints.checkpoint();
    await checkpoints.checkpoint();
    expect(sizes(notes)).toEqual([3, 1_003, 2_003, 2_500]);
    expect(await store.checkpoints()).toHaveLength(4);
  });

  test("read each record once, however many checkpoints there are", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    const counted = counting(store);
    const { checkpoints } = checkpointsOf(counted.store, newNoteSigner());
    for (let round = 0; round < 8; round++) {
      await recordRefusals(store, round * 100 + 1, round * 100 + 100);
      await checkpoints.checkpoint();
    }
    expect(counted.records).toBe(800);
  });

  test("asked for at the same moment are one after the other, and consistent", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    const signer = newNoteSigner();
    const { checkpoints, notes } = checkpointsOf(store, signer);
    await Promise.all([
      recordRefusals(store, 1, 40),
      ...Array.from({ length: 5 }, () => checkpoints.checkpoint()),
    ]);
    await checkpoints.checkpoint();
    expect(new Set(sizes(notes)).size).toBe(notes.length);
    expect(await verifyLedger(store, keysOf(signer), notes)).toMatchObject({ ok: true, uncovered: 0 });
  });

  test("are not made of what does not continue what was signed before", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    const signer = newNoteSigner();
    await recordRefusals(store, 1, 5);
    const changed = new Proxy(store, {
      get: (target, name) => {
        if (name === "ledger")
          return async (options: Parameters<Store["ledger"]>[0]) =>
            (await target.ledger(options)).map((record) =>
              record.sequence === 4 ? { ...record, body: { outcome: "allow" } } : record,
            );
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const { checkpoints, notes } = checkpointsOf(changed, signer);
    await expect(checkpoints.checkpoint()).rejects.toThrow(/record 4 of rep_\w+ does not follow/);
    expect(notes).toEqual([]);
  });
});

describe("a broker with a sink", () => {
  const withSink = (sink: LedgerSink, options: BrokerOptions["ledger"] = {}) =>
    world({ broker: { ledger: { sinks: [sink], ...options } } });

  test("brings every checkpoint there, the last one at its disposal", async () => {
    const there = outside();
    {
      await using place = await withSink(there.sink);
      await place.start();
      await place.broker.checkpoint();
      await place.start();
    }
    expect(there.notes).toHaveLength(2);
    const [first = 0, last = 0] = sizes(there.notes);
    expect(last).toBeGreaterThan(first);
  });

  test("goes on minting while it fails, says so once in log and health, and makes up for it", async () => {
    const there = outside();
    const troubles: unknown[] = [];
    await using place = await withSink(there.sink, { onTrouble: (trouble) => troubles.push(trouble) });
    there.up = false;
    const run = await place.start();
    await place.broker.checkpoint();
    expect(await place.act(run, refundOf("ch_a1"))).toMatchObject({ ok: true });
    await place.broker.checkpoint();
    expect(troubles).toEqual([
      {
        event: "ledger_sink_failed",
        sink: "outside",
        detail: "ledger_unavailable: outside is down",
      },
    ]);
    expect(place.broker.ledgerHealth()).toMatchObject({
      status: "failing",
      sinks: [{ sink: "outside", failing: true, waiting: 2 }],
    });
    there.up = true;
    await place.broker.checkpoint();
    expect(there.notes).toHaveLength(2);
    expect(place.broker.ledgerHealth()).toMatchObject({ status: "ok", sinks: [{ waiting: 0 }] });
    expect(await place.broker.verifyLedger(there.notes)).toMatchObject({ ok: true, outside: 2 });
  });

  test("mints nothing while it fails when requireSink is set, and records the refusal", async () => {
    const there = outside();
    await using place = await withSink(there.sink, { requireSink: true });
    const run = await place.start();
    there.up = false;
    await place.broker.checkpoint();
    const answer = await place.act(run, refundOf("ch_a1"));
    expect(answer).toMatchObject({ ok: false, reason: "ledger_unavailable" });
    expect(effects(place)).toBe(0);
    expect((await place.ledger()).some(({ kind }) => kind === "intent")).toBe(false);
    there.up = true;
    await place.broker.checkpoint();
    expect(await place.act(run, refundOf("ch_a1"))).toMatchObject({ ok: true });
  });

  test("is not made with requireSink and none", async () => {
    await expect(world({ broker: { ledger: { requireSink: true } } })).rejects.toMatchObject({
      reason: "configuration_invalid",
    });
  });
});

describe("a file as sink", () => {
  test("only grows, keeps whole what comes after a torn note, and refuses where it cannot write", async () => {
    const directory = await mkdtemp(join(tmpdir(), "watchword-sink-"));
    try {
      await using place = await sqlitePlace();
      await using store = await place.open();
      const { checkpoints, notes } = checkpointsOf(store, newNoteSigner());
      for (let index = 1; index <= 3; index++) {
        await recordRefusals(store, index, index);
        await checkpoints.checkpoint();
      }
      const path = join(directory, "checkpoints");
      const sink = fileSink(path);
      await sink.push(notes[0] ?? "");
      await sink.push(notes[1] ?? "");
      expect(splitNotes(await readFile(path, "utf8"))).toEqual(notes.slice(0, 2));
      await writeFile(path, "\n\nbroker.test.exa", { flag: "a" });
      await sink.push(notes[2] ?? "");
      expect(splitNotes(await readFile(path, "utf8"))).toEqual(notes);
      await expect(fileSink(join(directory, "missing", "file")).push("note\n")).rejects.toMatchObject({
        reason: "ledger_unavailable",
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe("a URL as sink", () => {
  const answering = (statuses: readonly number[]) => {
    const seen: string[] = [];
    const answer: typeof fetch = async (_input, init) => {
      const status = statuses[seen.length] ?? 200;
      seen.push(typeof init?.body === "string" ? init.body : "");
      if (status === 0) throw new TypeError("fetch failed: secret.internal");
      return new Response(null, {
        status,
        headers: status === 302 ? { location: "https://evil.example" } : {},
      });
    };
    return { answer, seen };
  };

  test.for([
    { statuses: [204], tries: 1, kept: true },
    { statuses: [503, 0, 200], tries: 3, kept: true },
    { statuses: [500, 500, 500, 500], tries: 3, kept: false },
    { statuses: [403, 200], tries: 1, kept: false },
    { statuses: [302, 200], tries: 1, kept: false },
  ])("that answers $statuses is asked $tries times", async ({ statuses, tries, kept }) => {
    const { answer, seen } = answering(statuses);
    const outcome = await httpSink("https://audit.example/checkpoints", { fetch: answer })
      .push("note\n")
      .then(
        () => true,
        (error: unknown) => error,
      );
    expect(seen).toEqual(Array.from({ length: tries }, () => "note\n"));
    if (kept) expect(outcome).toBe(true);
    else {
      expect(outcome).toMatchObject({ reason: "ledger_unavailable" });
      expect(String(outcome)).not.toContain("secret");
    }
  });

  test("on loopback takes the note as it is", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        resolve(`${request.method ?? ""} ${request.headers["content-type"] ?? ""} ${body}`);
        response.writeHead(201).end();
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      await httpSink(`http://127.0.0.1:${port}/c`).push("a\n\n\u2014 b\n");
      expect(await promise).toBe("POST text/plain; charset=utf-8 a\n\n\u2014 b\n");
    } finally {
      server.close();
    }
  });

  test.for(["http://audit.example/", "https://user:pw@audit.example/", "ftp://localhost/", "nonsense"])(
    "is not %s",
    (url) => {
      expect(() => httpSink(url)).toThrow(/https/);
    },
  );
});
