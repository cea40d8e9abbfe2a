import { DatabaseSync } from "node:sqlite";
import { type Store, generateSigner, verificationKey } from "@watchword/core";
import { type LedgerReport, verifyLedger } from "@watchword/broker/verify-ledger";
import { beforeEach, describe, expect, test } from "vitest";
import { checkpointNoteText, ledgerOrigin } from "../src/ledger/checkpoint-note.ts";
import { checkpointText } from "../src/ledger/checkpoint-text.ts";
import { leafHash } from "../src/ledger/merkle-hash.ts";
import type { NoteSigner } from "../src/ledger/note-key.ts";
import { signNote } from "../src/ledger/signed-note.ts";
import { rehash } from "./rehash-ledger.ts";
import { LEDGER_ISSUER, checkpointsOf, keysOf, newNoteSigner, recordRefusals } from "./signed-ledger.ts";
import { type SqlitePlace, sqlitePlace } from "./sqlite-place.ts";
import { world } from "./world.ts";

let signer: NoteSigner;
beforeEach(() => {
  signer = newNoteSigner();
});

/** Ten records, a checkpoint over eight of them; then `tamper` has the file for itself. */
async function tampered(
  tamper: (database: DatabaseSync, replica: string) => void | Promise<void>,
): Promise<LedgerReport> {
  await using place = await sqlitePlace();
  const replica = await written(place);
  const database = new DatabaseSync(place.path);
  await tamper(database, replica);
  database.close();
  await using store = await place.open();
  return await verifyLedger(store, keysOf(signer));
}

async function written(place: SqlitePlace): Promise<string> {
  await using store = await place.open();
  await recordRefusals(store, 1, 8);
  await checkpointsOf(store, signer).checkpoints.checkpoint();
  await recordRefusals(store, 9, 10);
  return store.replica;
}

describe("the ledger as it was written", () => {
  test("verifies, with all its records and checkpoints", async () => {
    expect(await tampered(() => undefined)).toEqual({
      ok: true,
      replicas: 1,
      records: 10,
      checkpoints: 1,
      outside: 0,
      uncovered: 2,
    });
  });

  test("verifies while it grows", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    await recordRefusals(store, 1, 3);
    let last = 3;
    const grow = async (limit: number): Promise<void> => {
      if (last < limit) await recordRefusals(store, ++last, last);
    };
    const growing = new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name === "ledgerHeads") return () => grow(7).then(() => target.ledgerHeads());
        if (name === "ledger")
          return (options: Parameters<Store["ledger"]>[0]) => grow(6).then(() => target.ledger(options));
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    expect(await verifyLedger(growing, keysOf(signer))).toMatchObject({ ok: true, records: 6 });
  });

  test("verifies after a personal part was erased", async () => {
    const report = await tampered((database) =>
      database.exec("DELETE FROM ledger_personal WHERE sequence = 3"),
    );
    expect(report.ok).toBe(true);
  });

  test("verifies against a checkpoint of before, which an ES256 key signed over the head", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    await recordRefusals(store, 1, 3);
    const earlier = await generateSigner();
    const { hash = "" } = (await store.ledger()).at(-1) ?? {};
    const statement = { replica: store.replica, sequence: 3, hash, at: 1, keyId: earlier.keyId };
    const signature = Buffer.from(await earlier.sign(checkpointText(statement))).toString("base64url");
    await store.putCheckpoint({ ...statement, signature });
    await recordRefusals(store, 4, 4);
    await checkpointsOf(store, signer).checkpoints.checkpoint();
    const keys = {
      ...keysOf(signer),
      earlier: [await verificationKey(earlier.keyId, earlier.publicJwk)],
    };
    expect(await verifyLedger(store, keys)).toMatchObject({ ok: true, checkpoints: 2, uncovered: 0 });
    expect((await verifyLedger(store, keysOf(signer))).firstProblem).toMatch(
      /checkpoint 3: signed with an unknown key/,
    );
    await store.putCheckpoint({ ...statement, sequence: 2, signature });
    expect((await verifyLedger(store, keys)).firstProblem).toMatch(
      /checkpoint 2: its signature does not verify/,
    );
  });
});

describe("verification finds", () => {
  const COLUMNS = [
    ["kind", "'outcome'"],
    ["at", "1"],
    ["tenant", "'globex'"],
    ["tenant", "NULL"],
    ["decision_id", "'dec_other'"],
    ["decision_id", "NULL"],
    ["body", `'{"index":4,"outcome":"allow"}'`],
    ["commitment", "'AAAA'"],
    ["commitment", "NULL"],
    ["hash", "'AAAA'"],
    ["previous", "'AAAA'"],
  ] as const;
  test.for(COLUMNS)("a record whose %s was set to %s", async ([column, value]) => {
    const report = await tampered((database) =>
      database.exec(`UPDATE ledger SET ${column} = ${value} WHERE sequence = 4`),
    );
    expect(report).toMatchObject({ ok: false });
    expect(report.firstProblem).toMatch(/record [45]: /);
  });

  test("a record that was dropped", async () => {
    const report = await tampered((database) => database.exec("DELETE FROM ledger WHERE sequence = 4"));
    expect(report.firstProblem).toMatch(/record 5: record 4 is missing before it/);
  });

  test("two records that changed places", async () => {
    const report = await tampered((database) => {
      for (const [from, to] of [
        [4, 400],
        [5, 4],
        [400, 5],
      ])
        database.exec(`UPDATE ledger SET sequence = ${to} WHERE sequence = ${from}`);
    });
    expect(report.firstProblem).toMatch(/record 4: it does not follow/);
  });

  test("a record that was put in, with later ones moved", async () => {
    const report = await tampered((database) => {
      for (let sequence = 10; sequence > 4; sequence--)
        database.exec(`UPDATE ledger SET sequence = ${sequence + 1} WHERE sequence = ${sequence}`);
      database.exec(
        "INSERT INTO ledger SELECT replica, 5, kind, at, tenant, decision_id, body, commitment, previous, hash FROM ledger WHERE sequence = 4",
      );
    });
    expect(report.firstProblem).toMatch(/record 5: /);
  });

  test("a chain that was rewritten from a changed record on, hashes and head included", async () => {
    const report = await tampered((database) => {
      database.exec(`UPDATE ledger SET body = '{"index":4,"outcome":"allow"}' WHERE sequence = 4`);
      rehash(database);
    });
    expect(report.firstProblem).toMatch(/record 8: the signed checkpoint says otherwise/);
  });

  test("a tail that was cut off before the last checkpoint, with the head set back", async () => {
    const report = await tampered((database) => {
      database.exec("DELETE FROM ledger WHERE sequence > 6");
      database.exec(
        "UPDATE ledger_head SET sequence = 6, hash = (SELECT hash FROM ledger WHERE sequence = 6)",
      );
    });
    expect(report.firstProblem).toMatch(/records after 6 are missing: a checkpoint was signed at 8/);
  });

  test("a tail that was cut off without the head", async () => {
    const report = await tampered((database) => database.exec("DELETE FROM ledger WHERE sequence > 9"));
    expect(report.firstProblem).toMatch(/record 9 is not the head that was kept \(10\)/);
  });

  test("a whole chain that was removed", async () => {
    const report = await tampered((database) => {
      for (const table of ["ledger", "ledger_head", "ledger_personal"]) database.exec(`DELETE FROM ${table}`);
    });
    expect(report.firstProblem).toMatch(/records after 0 are missing/);
  });

  test("a checkpoint with another head, and its old signature", async () => {
    const report = await tampered((database) => database.exec("UPDATE checkpoint SET sequence = 6"));
    expect(report.firstProblem).toMatch(/checkpoint 6: its note is about rep_\w+ record 8/);
  });

  test("a checkpoint whose note was changed", async () => {
    const report = await tampered((database) =>
      database.exec(
        "UPDATE checkpoint SET sequence = 6, signature = replace(signature, x'0a38' || x'0a', x'0a36' || x'0a')",
      ),
    );
    expect(report.firstProblem).toMatch(/checkpoint 6: its signature does not verify/);
  });

  test("a checkpoint that another key signed, under its own name or with our key's id", async () => {
    for (const publicKey of [undefined, signer.publicKey]) {
      const report = await tampered(async (database, replica) => {
        const forger = newNoteSigner();
        const row = database.prepare("SELECT hash FROM ledger WHERE sequence = 6").get() as { hash: string };
        const origin = ledgerOrigin(LEDGER_ISSUER, replica);
        const text = checkpointNoteText({ origin, size: 6, root: leafHash(Buffer.from("whatever")) });
        const note = await signNote(text, origin, { ...forger, ...(publicKey && { publicKey }) });
        database
          .prepare("INSERT INTO checkpoint VALUES (?, 6, ?, 1, ?, ?)")
          .run(replica, row.hash, "00000000", note);
      });
      expect(report.firstProblem).toMatch(
        publicKey === undefined
          ? /checkpoint 6: signed with an unknown key/
          : /checkpoint 6: its signature does not verify/,
      );
    }
  });

  test("a personal part that was exchanged", async () => {
    const report = await tampered((database) =>
      database.exec(`UPDATE ledger_personal SET value = '{"subject":"somebody-else"}' WHERE sequence = 4`),
    );
    expect(report.firstProblem).toMatch(/record 4: its personal part is not the one it committed to/);
  });
});

test("a running broker signs its chain's head every minute, so that a cut tail is found without its end", async () => {
  await using place = await world();
  await place.start();
  await place.broker.sweep();
  expect(await place.store.checkpoints()).toEqual([]);
  place.clock.advance(60);
  await place.broker.sweep();
  await place.broker.sweep();
  const checkpoints = await place.store.checkpoints();
  expect(checkpoints.map(({ sequence }) => sequence)).toEqual([(await place.ledger()).length]);
  expect(await place.broker.verifyLedger()).toMatchObject({ ok: true, checkpoints: 1 });
});
