import { readdir, stat, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { newAction, systemClock } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { explainDecision } from "../src/index.ts";
import { type Ledger, openLedger, sqlite } from "../src/sqlite/index.ts";
import { sqlitePlace } from "./sqlite-place.ts";
import { CANARY, type TestWorld, refundOf, sendRefund, world } from "./world.ts";

const pathOf = (place: TestWorld): string => join(place.directory, "watchword.db");
const explained = (ledger: Ledger, id = "last") => {
  const found = id === "last" ? ledger.lastDecision() : ledger.decision(id);
  if (found === undefined) throw new Error("no such decision");
  return explainDecision(found);
};
const refused = (open: () => unknown, reason: string): void =>
  expect(open).toThrow(expect.objectContaining({ reason }));

describe("an operator who asks why, while the broker has the store open, is told", () => {
  test("which check failed, what it required, what it held, and what would be needed", async () => {
    await using place = await world();
    const run = await place.start();
    const answer = await place.act(run, refundOf("ch_a3", 20_001));
    if (answer.ok) throw new Error("allowed");
    using ledger = openLedger(pathOf(place));
    const report = explained(ledger, answer.decision_id ?? "");
    expect(report).toMatchObject({
      decision_id: answer.decision_id,
      outcome: "deny",
      reason: "limit_exceeded",
      reason_text: "The amount is over the limit of the grant.",
      failed_fact: "argument:amount",
      tenant: "acme",
      agent: "support@3",
      run: run.id,
      principal: { subject: "dana" },
      system: "payments",
      operation: "refunds.create",
      tool: "refund",
      arguments: { charge: "ch_a3", amount: { minor: 20_001, currency: "USD" } },
      grant: "refund",
      needed: ["by grant refund: args.amount max 200.00 USD (it was 200.01 USD)"],
      erased: false,
      ledger: { intact: true },
    });
    expect(report.checks?.children?.[0]?.children?.map(({ check, passed }) => [check, passed])).toEqual([
      ["resource.account", true],
      ["args.charge ownedBy", true],
      ["args.amount max", false],
    ]);
  });

  test("that another tenant's object needs another run, and no other policy", async () => {
    await using place = await world();
    await place.act(await place.start(), refundOf("ch_g1", 100));
    using ledger = openLedger(pathOf(place));
    expect(explained(ledger)).toMatchObject({
      reason: "tenant_mismatch",
      needed: [expect.stringContaining("No policy change is suggested")],
    });
  });

  test("that no grant speaks of it", async () => {
    await using place = await world();
    const run = await place.start();
    await place.act(
      run,
      newAction({ system: "payments", operation: "charges.list", resource: {}, arguments: {} }),
    );
    using ledger = openLedger(pathOf(place));
    expect(explained(ledger)).toMatchObject({
      reason: "not_granted",
      grant: null,
      needed: ["a grant of support for payments/charges.list"],
    });
  });

  test("that a person must say yes", async () => {
    await using place = await world();
    const answer = await place.act(await place.start(), refundOf("ch_a3", 19_000));
    if (answer.ok) throw new Error("allowed");
    using ledger = openLedger(pathOf(place));
    expect(explained(ledger)).toMatchObject({
      outcome: "approval_required",
      reason: "approval_required",
      needed: [`an approver's yes to ${answer.approval_id}, then the same action again with it`],
    });
  });

  test("what became of an allowed action, up to the ids downstream", async () => {
    await using place = await world();
    const run = await place.start();
    const answer = await place.act(run, refundOf("ch_a1", 4_200));
    if (!answer.ok) throw new Error(answer.reason);
    await sendRefund(place, run, answer.access_token, "charge=ch_a1&amount=4200");
    using ledger = openLedger(pathOf(place));
    const report = explained(ledger, answer.lease?.decision_id);
    expect(report).toMatchObject({ outcome: "allow", reason: null, grant: "refund", needed: [] });
    expect(report.afterwards.map(({ kind }) => kind)).toEqual(["outcome", "use", "use_outcome"]);
    expect(report.afterwards.at(-1)?.body).toMatchObject({
      effect: "done",
      ids: { refund: expect.stringMatching(/^re_/) },
    });
    expect(JSON.stringify(report)).not.toContain(CANARY);
  });

  test("nothing of what was erased, and that it was", async () => {
    await using place = await world();
    await place.act(await place.start(), refundOf("ch_g1", 100));
    using database = new DatabaseSync(pathOf(place));
    database.exec("DELETE FROM ledger_personal");
    using ledger = openLedger(pathOf(place));
    expect(explained(ledger)).toMatchObject({
      reason: "tenant_mismatch",
      erased: true,
      principal: null,
      arguments: null,
      checks: null,
      ledger: { intact: true },
    });
  });

  test.for([
    "UPDATE ledger SET body = replace(body, 'deny', 'allow')",
    "UPDATE ledger_personal SET value = replace(value, 'ch_g1', 'ch_a1')",
  ])("that the record is not what was written: %s", async (change) => {
    await using place = await world();
    await place.act(await place.start(), refundOf("ch_g1", 100));
    using database = new DatabaseSync(pathOf(place));
    database.exec(change);
    using ledger = openLedger(pathOf(place));
    expect(explained(ledger).ledger.intact).toBe(false);
  });

  test("only of decisions there are", async () => {
    await using place = await world();
    using ledger = openLedger(pathOf(place));
    expect(ledger.lastDecision()).toBeUndefined();
    expect(ledger.decision("dec_none")).toBeUndefined();
    expect(ledger.decision("' OR 1 = 1 --")).toBeUndefined();
  });
});

describe("reading the ledger", () => {
  test("changes nothing: no chain begins, no file appears, no byte of the store differs", async () => {
    await using place = await sqlitePlace();
    await (await sqlite(place.path))[Symbol.asyncDispose]();
    const before = await state(place.directory);
    for (let time = 0; time < 2; time++) {
      using ledger = openLedger(place.path);
      expect(ledger.lastDecision()).toBeUndefined();
    }
    expect(await state(place.directory)).toEqual(before);
  });

  test("sees what a broker wrote since it was opened", async () => {
    await using place = await world();
    using ledger = openLedger(pathOf(place));
    await place.act(await place.start(), refundOf("ch_g1", 100));
    expect(explained(ledger)).toMatchObject({ reason: "tenant_mismatch" });
  });

  test("needs a store that is there, and is one", async () => {
    await using place = await sqlitePlace();
    refused(() => openLedger(place.path), "ledger_unavailable");
    expect(await readdir(place.directory)).toEqual([]);
    for (const content of ["", "not a database, but long enough to have a header of its own ".repeat(9)]) {
      await writeFile(place.path, content);
      refused(() => openLedger(place.path), "configuration_invalid");
    }
    refused(() => openLedger(place.directory), "ledger_unavailable");
  });

  test("finds the last decision at once, by its index", async () => {
    await using place = await sqlitePlace();
    await using store = await sqlite(place.path);
    for (const id of ["dec_02", "dec_03", "dec_01"])
      await store.recordRefusal(
        {
          kind: "decision",
          at: systemClock.now(),
          tenant: "acme",
          decisionId: id,
          body: { outcome: "deny" },
        },
        undefined,
      );
    using ledger = openLedger(place.path);
    expect(ledger.lastDecision()?.record.decisionId).toBe("dec_03");
    using database = new DatabaseSync(place.path, { readOnly: true });
    const plan = database
      .prepare(
        "EXPLAIN QUERY PLAN SELECT decision_id FROM ledger WHERE decision_id IS NOT NULL ORDER BY decision_id DESC LIMIT 1",
      )
      .all();
    expect(JSON.stringify(plan)).toContain("ledger_decision");
    expect(JSON.stringify(plan)).not.toContain("TEMP B-TREE");
  });
});

async function state(directory: string): Promise<unknown[]> {
  const names = (await readdir(directory)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(directory, name));
      return [name, size, mtimeMs];
    }),
  );
}
