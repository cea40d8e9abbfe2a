import { type LedgerReceipt, type TokenAnswer, newAction } from "@watchword/core";
import { proveRecord, recordProofProblem } from "@watchword/broker/verify-ledger";
import { describe, expect, test } from "vitest";
import { fileKeys } from "../src/index.ts";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { type TestWorld, refundOf, world } from "./world.ts";

/** The record that a receipt names, after a proof that it is in the signed ledger. */
async function proven(place: TestWorld, receipt: LedgerReceipt | undefined) {
  if (receipt === undefined) throw new Error("the answer has no receipt");
  await place.broker.checkpoint();
  const proof = await proveRecord(place.store, receipt.replica, receipt.sequence);
  if (proof === undefined) throw new Error("no proof");
  const { ledger } = await fileKeys(`${place.directory}/keys`);
  expect(recordProofProblem(proof, ledger.verification)).toBeUndefined();
  expect(proof.record.hash).toBe(receipt.hash);
  return proof.record;
}

const decisionOf = (answer: TokenAnswer): string | undefined =>
  answer.ok ? answer.lease?.decision_id : answer.decision_id;

describe("an answer's receipt names its record, which a proof shows in the signed ledger:", () => {
  test("of a start", async () => {
    await using place = await world();
    const answer = await place.tryStart();
    if (!answer.ok) throw new Error("not started");
    const record = await proven(place, answer.receipt);
    expect(record).toMatchObject({ kind: "run_started", body: { run: answer.run?.run_id } });
  });

  test.for([
    { name: "an allowed action", action: refundOf("ch_a1"), kind: "intent" },
    { name: "a denied one", action: refundOf("ch_g1"), kind: "decision" },
    { name: "one that waits for a person", action: refundOf("ch_a3", 19_000), kind: "decision" },
  ])("of $name", async ({ action, kind }) => {
    await using place = await world();
    const answer = await place.act(await place.start(), action);
    const record = await proven(place, answer.receipt);
    expect(record.kind).toBe(kind);
    expect(record.decisionId).toBe(decisionOf(answer));
    expect(record.decisionId).toMatch(/^dec_/);
  });

  test("of a refused start", async () => {
    await using place = await world();
    const answer = await place.tryStart({ agent: "stranger@1" });
    expect(answer).toMatchObject({ ok: false, reason: "agent_not_allowed" });
    const record = await proven(place, answer.receipt);
    expect(record.body["reason"]).toBe("agent_not_allowed");
    expect(record.decisionId).toBe(decisionOf(answer));
  });

  test("of a lost answer that is given again", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a1");
    await place.act(run, action);
    const again = await place.act(run, action);
    expect(again.ok).toBe(true);
    expect((await proven(place, again.receipt)).body["outcome"]).toBe("handle_replaced");
  });

  test("of a mint that failed: the decision stands, whatever became of it", async () => {
    const system = mintingSystem();
    const failing = { ...system.adapter, mint: () => Promise.reject(new Error("down")) };
    await using place = await world({ policy: MINTING_POLICY, systems: () => ({ tickets: failing }) });
    const answer = await place.act(
      await place.start(),
      newAction({
        system: "tickets",
        operation: "tickets.close",
        resource: {},
        arguments: { ticket: "t_1" },
      }),
    );
    expect(answer.ok).toBe(false);
    expect(await proven(place, answer.receipt)).toMatchObject({
      kind: "intent",
      decisionId: decisionOf(answer),
    });
  });
});

test("what is only counted has no receipt", async () => {
  await using place = await world();
  const answer = await place.tryStart({ change: (request) => ({ ...request, grant_type: "password" }) });
  expect(answer).toMatchObject({ ok: false, reason: "request_malformed" });
  expect(answer.receipt).toBeUndefined();
});
