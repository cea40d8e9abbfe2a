import { copyFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import {
  type LedgerLine,
  exportLedger,
  verifyLedger,
  verifyLedgerLines,
} from "@watchword/broker/verify-ledger";
import { beforeEach, describe, expect, test } from "vitest";
import { sqlite } from "../src/sqlite/index.ts";
import type { NoteSigner } from "../src/ledger/note-key.ts";
import { rehash } from "./rehash-ledger.ts";
import { checkpointsOf, keysOf, newNoteSigner, recordRefusals } from "./signed-ledger.ts";
import { type SqlitePlace, sqlitePlace } from "./sqlite-place.ts";

let signer: NoteSigner;
beforeEach(() => {
  signer = newNoteSigner();
});

/** Ten records, a checkpoint at eight; the notes are what got outside. Nobody has the store open any more. */
async function signedOutside(place: SqlitePlace): Promise<string[]> {
  await using store = await place.open();
  const { checkpoints, notes } = checkpointsOf(store, signer);
  await recordRefusals(store, 1, 5);
  await checkpoints.checkpoint();
  await recordRefusals(store, 6, 8);
  await checkpoints.checkpoint();
  await recordRefusals(store, 9, 10);
  return notes;
}

/** Whoever has the file and our code, and neither the broker's key nor what is outside, covers all tracks within. */
const COVER_UP = ["DELETE FROM checkpoint"];

const ATTACKS: readonly { name: string; sql: readonly string[]; found: RegExp }[] = [
  {
    name: "a tail that was cut off, its checkpoints and head with it",
    sql: [
      "DELETE FROM ledger WHERE sequence > 6",
      "UPDATE ledger_head SET sequence = 6, hash = (SELECT hash FROM ledger WHERE sequence = 6)",
    ],
    found: /records after 6 are missing: a checkpoint was signed at 8, and is kept outside/,
  },
  {
    name: "a whole chain that was removed without a trace",
    sql: ["DELETE FROM ledger", "DELETE FROM ledger_head", "DELETE FROM ledger_personal"],
    found: /^rep_\w+ the whole chain is missing: 8 records were signed outside$/,
  },
  {
    name: "a record that was replaced, with every hash after it made anew",
    sql: [`UPDATE ledger SET body = '{"index":4,"outcome":"allow"}' WHERE sequence = 4`],
    found: /record 5: up to here the chain is not the one that was signed outside/,
  },
  {
    name: "two records that were swapped, with every hash made anew",
    sql: [6, 7]
      .map((sequence) => `UPDATE ledger SET sequence = ${sequence + 400} WHERE sequence = ${sequence}`)
      .concat(
        "UPDATE ledger SET sequence = 6 WHERE sequence = 407",
        "UPDATE ledger SET sequence = 7 WHERE sequence = 406",
        "DELETE FROM ledger_personal",
      ),
    found: /record 8: up to here the chain is not the one that was signed outside/,
  },
  {
    name: "a record that is there twice, with every hash made anew",
    sql: [
      ...[10, 9, 8, 7].map(
        (sequence) => `UPDATE ledger SET sequence = ${sequence + 1} WHERE sequence = ${sequence}`,
      ),
      "INSERT INTO ledger SELECT replica, 7, kind, at, tenant, decision_id, body, commitment, previous, hash FROM ledger WHERE sequence = 6",
      "UPDATE ledger_head SET sequence = 11",
      "DELETE FROM ledger_personal",
    ],
    found: /record 8: up to here the chain is not the one that was signed outside/,
  },
  {
    name: "a record that was dropped from the middle, with every hash made anew",
    sql: [
      "DELETE FROM ledger WHERE sequence = 3",
      ...[4, 5, 6, 7, 8, 9, 10].map(
        (sequence) => `UPDATE ledger SET sequence = ${sequence - 1} WHERE sequence = ${sequence}`,
      ),
      "UPDATE ledger_head SET sequence = 9",
      "DELETE FROM ledger_personal",
    ],
    found: /record 5: up to here the chain is not the one that was signed outside/,
  },
];

describe("with a checkpoint that was kept outside, and public keys only,", () => {
  test.for(ATTACKS)("verification finds $name; without it nothing would be found", async ({ sql, found }) => {
    await using place = await sqlitePlace();
    const notes = await signedOutside(place);
    const database = new DatabaseSync(place.path);
    database.exec([...COVER_UP, ...sql].join(";"));
    rehash(database);
    database.close();
    await using store = await place.open();
    expect(await verifyLedger(store, keysOf(signer))).toMatchObject({ ok: true });
    const report = await verifyLedger(store, keysOf(signer), notes);
    expect(report.ok).toBe(false);
    expect(report.firstProblem).toMatch(found);
  });

  test("verification finds two writers of one chain: both checkpoints are the broker's own, and one has no records", async () => {
    await using place = await sqlitePlace();
    const outside: string[] = [];
    await using first = await place.open();
    await recordRefusals(first, 1, 5);
    // The same opening lives on twice: as it is, and from a copy of its file under the same name.
    const copy = `${place.path}.copy`;
    const quiet = new DatabaseSync(place.path);
    quiet.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    quiet.close();
    await copyFile(place.path, copy);
    await recordRefusals(first, 6, 8);
    const here = checkpointsOf(first, signer);
    await here.checkpoints.checkpoint();
    outside.push(...here.notes);

    const second = new DatabaseSync(copy);
    second.exec("UPDATE ledger SET body = replace(body, 'deny', 'allow') WHERE sequence = 5");
    rehash(second);
    second.close();
    await using forked = await sqlite(copy);
    const renamed = new Proxy(forked, {
      get: (target, name) => {
        if (name === "replica") return first.replica;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const there = checkpointsOf(renamed, signer);
    await there.checkpoints.checkpoint();
    outside.push(...there.notes);

    expect(outside).toHaveLength(2);
    for (const store of [first, forked]) {
      expect(await verifyLedger(store, keysOf(signer))).toMatchObject({ ok: true });
      expect((await verifyLedger(store, keysOf(signer), outside)).firstProblem).toMatch(
        /not the one that was signed outside|records after 5 are missing/,
      );
    }
  });

  test("an untouched ledger verifies, says what no checkpoint covers, and may have grown since", async () => {
    await using place = await sqlitePlace();
    const notes = await signedOutside(place);
    await using store = await place.open();
    await recordRefusals(store, 11, 12);
    expect(await verifyLedger(store, keysOf(signer), notes)).toEqual({
      ok: true,
      replicas: 2,
      records: 12,
      checkpoints: 2,
      outside: 2,
      uncovered: 4,
    });
  });

  test("what is no checkpoint of this broker is not taken for one, nor passed over", async () => {
    await using place = await sqlitePlace();
    const notes = await signedOutside(place);
    await using store = await place.open();
    const problem = async (outside: readonly string[], keys = keysOf(signer)) =>
      (await verifyLedger(store, keys, outside)).firstProblem;
    expect(await problem(["nothing\n"])).toBe("outside checkpoint 1: it is no signed checkpoint");
    expect(await problem(notes, keysOf(newNoteSigner()))).toBe(
      "outside checkpoint 1: signed with an unknown key",
    );
    expect(await problem(notes.map((note) => note.replace("\n8\n", "\n9\n")))).toBe(
      "outside checkpoint 2: its signature does not verify",
    );
  });
});

describe("an exported ledger", () => {
  const exported = async (): Promise<{ lines: LedgerLine[]; notes: string[] }> => {
    await using place = await sqlitePlace();
    const notes = await signedOutside(place);
    await using store = await place.open();
    await recordRefusals(store, 11, 11);
    const lines: LedgerLine[] = [];
    for await (const line of exportLedger(store)) lines.push(line);
    return { lines, notes };
  };
  async function* stream(lines: readonly LedgerLine[]): AsyncGenerator<LedgerLine> {
    yield* lines;
  }
  const verify = (lines: readonly LedgerLine[], notes: readonly string[] = []) =>
    verifyLedgerLines(stream(lines), keysOf(signer), notes);

  test("is what it was read from", async () => {
    const { lines, notes } = await exported();
    expect(await verify(lines, notes)).toMatchObject({ ok: true, replicas: 2, records: 11, outside: 2 });
  });

  test("of which any one line is missing, or there twice, is not whole", async () => {
    const { lines, notes } = await exported();
    for (const [index, line] of lines.entries()) {
      const rest = lines.toSpliced(index, 1);
      const why = `${index} ${Object.keys(line).join()}`;
      // A checkpoint of the store is not missed as long as it is outside.
      if (!("checkpoint" in line)) expect(await verify(rest, notes), why).toMatchObject({ ok: false });
      expect(await verify(lines.toSpliced(index, 0, line), notes), why).toMatchObject({
        ok: "checkpoint" in line,
      });
    }
  });

  test("whose chains were mixed is not whole", async () => {
    const { lines } = await exported();
    const at = lines.findIndex((line) => "head" in line);
    const mixed = lines.toSpliced(at, 1).toSpliced(at + 1, 0, ...lines.slice(at, at + 1));
    expect((await verify(mixed)).firstProblem).toMatch(/its end is missing/);
    expect((await verify(lines.slice(0, -1))).firstProblem).toMatch(/the export was cut off/);
    expect((await verify(lines.slice(1))).firstProblem).toMatch(/does not begin as an export/);
  });
});
