import { DatabaseSync } from "node:sqlite";
import { type Signer, type Store, generateSigner, systemClock, verificationKey } from "@watchword/core";
import { beforeEach, describe, expect, test } from "vitest";
import { type LedgerReport, checkpointLedger, verifyLedger } from "../src/index.ts";
import { checkpointText } from "../src/ledger/checkpoint-text.ts";
import { recordHash } from "../src/sqlite/ledger-chain.ts";
import { type SqlitePlace, sqlitePlace } from "./sqlite-place.ts";
import { world } from "./world.ts";

let signer: Signer;
beforeEach(async () => {
  signer = await generateSigner();
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
  return await verifyLedger(store, [await verificationKey(signer.keyId, signer.publicJwk)]);
}

async function written(place: SqlitePlace): Promise<string> {
  await using store = await place.open();
  await record(store, 1, 8);
  await checkpointLedger(store, signer, systemClock);
  await record(store, 9, 10);
  return store.replica;
}

async function record(store: Store, from: number, to: number): Promise<void> {
  for (let index = from; index <= to; index++) {
    await store.recordRefusal(
      {
        kind: "decision",
        at: 1_800_000_000_000 + index,
        tenant: index % 2 === 0 ? "acme" : null,
        decisionId: `dec_${index}`,
        body: { outcome: "deny", index },
        personal: { subject: `user-${index}` },
      },
      undefined,
    );
  }
}

describe("the ledger as it was written", () => {
  test("verifies, with all its records and checkpoints", async () => {
    expect(await tampered(() => undefined)).toEqual({ ok: true, replicas: 1, records: 10, checkpoints: 1 });
  });

  test("verifies while it grows", async () => {
    await using place = await sqlitePlace();
    await using store = await place.open();
    await record(store, 1, 3);
    let last = 3;
    const grow = async (limit: number): Promise<void> => {
      if (last < limit) await record(store, ++last, last);
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
    expect(await verifyLedger(growing, [])).toMatchObject({ ok: true, records: 6 });
  });

  test("verifies after a personal part was erased", async () => {
    const report = await tampered((database) =>
      database.exec("DELETE FROM ledger_personal WHERE sequence = 3"),
    );
    expect(report.ok).toBe(true);
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
    const report = await tampered((database, replica) => {
      database.exec(`UPDATE ledger SET body = '{"index":4,"outcome":"allow"}' WHERE sequence = 4`);
      rewrite(database, replica);
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
    expect(report.firstProblem).toMatch(/checkpoint 6: its signature does not verify/);
  });

  test("a checkpoint that another key signed, under its own name or under ours", async () => {
    for (const keyId of ["its own", "ours"] as const) {
      const report = await tampered(async (database, replica) => {
        const forger = await generateSigner();
        const row = database.prepare("SELECT hash FROM ledger WHERE sequence = 6").get() as { hash: string };
        const statement = {
          replica,
          sequence: 6,
          hash: row.hash,
          at: 1,
          keyId: keyId === "ours" ? signer.keyId : forger.keyId,
        };
        const signature = Buffer.from(await forger.sign(checkpointText(statement))).toString("base64url");
        database
          .prepare("INSERT INTO checkpoint VALUES (?, 6, ?, 1, ?, ?)")
          .run(replica, row.hash, statement.keyId, signature);
      });
      expect(report.firstProblem).toMatch(
        keyId === "ours"
          ? /checkpoint 6: its signature does not verify/
          : /checkpoint 6: signed with an unknown key/,
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

/** What somebody with the file and our code, and without our key, can do. */
function rewrite(database: DatabaseSync, replica: string): void {
  let previous = "A".repeat(43);
  for (const row of database.prepare("SELECT * FROM ledger ORDER BY sequence").all()) {
    const text = (name: string): string | null => (row[name] === null ? null : String(row[name]));
    const hash = recordHash(replica, Number(row["sequence"]), previous, {
      kind: String(row["kind"]),
      at: Number(row["at"]),
      tenant: text("tenant"),
      decision: text("decision_id"),
      body: String(row["body"]),
      commitment: text("commitment"),
    });
    database
      .prepare("UPDATE ledger SET previous = ?, hash = ? WHERE sequence = ?")
      .run(previous, hash, Number(row["sequence"]));
    previous = hash;
  }
  database.prepare("UPDATE ledger_head SET hash = ?").run(previous);
}

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
