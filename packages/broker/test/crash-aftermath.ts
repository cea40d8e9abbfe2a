import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { LedgerRecord } from "@watchword/core";
import type { StripeTwin } from "@watchword/emulators/stripe";
import { expect } from "vitest";
import type { TestWorld } from "./world.ts";

/** A run as its row has it. */
interface StoredRun {
  readonly id: string;
  readonly ancestors: readonly string[];
  readonly ended: boolean;
  readonly expiresAt: number;
}

/**
 * What holds after every crash, once the broker is back and time has passed: nothing done without its intent, nothing
 * alive beyond its end, no child without its parent, no run without its record, and a ledger that verifies.
 */
export async function expectOrder(
  after: TestWorld,
  twin: StripeTwin,
): Promise<{ readonly ledger: readonly LedgerRecord[]; readonly runs: readonly StoredRun[] }> {
  after.clock.advance(700);
  await after.broker.sweep();
  const ledger = await after.ledger();
  const intents = ledger.filter((record) => record.kind === "intent");

  for (const refund of twin.refunds("acct_acme"))
    expect(
      intents.map((record) => record.decisionId),
      "what the twin accepted has its intent",
    ).toContain(refund.metadata["watchword_decision"]);
  const charges = twin.refunds("acct_acme").map(({ charge }) => charge);
  expect(new Set(charges).size, "money moved at most once for each charge").toBe(charges.length);

  for (const intent of intents) {
    const ends = ledger.filter(
      (record) =>
        record.decisionId === intent.decisionId &&
        (record.kind === "revocation" || record.kind === "recovery"),
    );
    expect(ends, "every intent is closed by one reported end").toHaveLength(1);
  }
  const { runs, leasesAlive } = rowsOf(after.directory);
  expect(leasesAlive, "no lease is alive past its end").toEqual([]);

  const started = ledger.filter((record) => record.kind === "run_started");
  expect(started, "each record has its run").toHaveLength(runs.length);
  expect(new Set(started.map((record) => record.body["run"])), "and each run its record").toEqual(
    new Set(runs.map(({ id }) => id)),
  );
  const ended = new Set(runs.filter((run) => run.ended).map(({ id }) => id));
  for (const run of runs)
    if (run.ancestors.some((ancestor) => ended.has(ancestor)))
      expect(run.ended, "a child never outlives an ended ancestor").toBe(true);

  expect((await after.broker.verifyLedger()).firstProblem).toBeUndefined();
  return { ledger, runs };
}

/** Read beside the store, so that what is compared is what stands in the file. */
function rowsOf(directory: string): { readonly runs: StoredRun[]; readonly leasesAlive: unknown[] } {
  const database = new DatabaseSync(join(directory, "watchword.db"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT id, record, expires_at, ended_at FROM run").all();
    return {
      runs: rows.map((row) => ({
        id: String(row["id"]),
        ancestors: (JSON.parse(String(row["record"])) as { ancestors: string[] }).ancestors,
        ended: row["ended_at"] !== null,
        expiresAt: Number(row["expires_at"]),
      })),
      leasesAlive: database.prepare("SELECT id FROM lease WHERE revocation IS NULL").all(),
    };
  } finally {
    database.close();
  }
}
