import type { LedgerRecord, TokenAnswer, TokenRequest } from "@watchword/core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type ReplicaPlace, replicaPlace } from "./replica-place.ts";
import { type TestRun, type TestWorld, refundOf, sendRefund } from "./world.ts";

const LONG = process.env["WATCHWORD_LONG"] === "1";
const REPLICAS = 3;
const CLIENTS = 64;
/** With `WATCHWORD_LONG=1`: 1,000 rounds each, and 20 kills. */
const ROUNDS = LONG ? 1_000 : 2;
const KILLS = LONG ? 20 : 2;
/** Refunds between two kills. */
const BETWEEN = LONG ? 50 : 8;
const TIMEOUT = LONG ? 3_600_000 : 120_000;

let stage: ReplicaPlace;
beforeAll(async () => {
  stage = await replicaPlace(REPLICAS, 20_000);
}, 60_000);
afterAll(() => stage?.[Symbol.asyncDispose]());

const outcomeOf = (answer: TokenAnswer): string => (answer.ok ? "allowed" : answer.reason);
const count = (outcomes: readonly string[], outcome: string): number =>
  outcomes.filter((each) => each === outcome).length;

/** What all clients get who do this at once, each at the next replica. */
const atOnce = <Result>(act: (client: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: CLIENTS }, (_, client) => act(client)));

/** Charges that no test has touched, by number. */
let fresh = 10_000;

/** In hours of full load some are refused for want of time; that is a no, and nothing else. */
const isLate = (reason: string): boolean => LONG && reason === "ledger_unavailable";

/** What was neither allowed nor refused as it has to be. */
const others = (outcomes: readonly string[], refused: string): string[] =>
  outcomes.filter((outcome) => outcome !== "allowed" && outcome !== refused && !isLate(outcome));

/** The whole ledger, a page at a time: after the long mode it is long. */
async function ledgerOf({ store }: TestWorld): Promise<LedgerRecord[]> {
  const records: LedgerRecord[] = [];
  for (const { replica } of await store.ledgerHeads())
    for (let after = 0; ;) {
      const page = await store.ledger({ replica, after, limit: 500 });
      records.push(...page);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.sequence;
    }
  return records;
}

/** Intents of one run, by the ledger. */
async function intentsOf(run: TestRun): Promise<number> {
  const ledger = await ledgerOf(stage.place);
  return ledger.filter(({ kind, body }) => kind === "intent" && body["run"] === run.id).length;
}

describe(`${CLIENTS} clients of ${REPLICAS} processes at once`, () => {
  test("spend one approval once", { timeout: TIMEOUT }, async () => {
    const { place } = stage;
    for (let round = 0; round < ROUNDS; round++) {
      const token = await place.userToken("lena", { org_id: "acme", groups: ["leads"] });
      const run = await place.start({ agent: "support@3" });
      const action = refundOf(`ch_${round}`, 6_000);
      const asked = await place.act(run, action);
      const approvalId = asked.ok ? "" : (asked.approval_id ?? "");
      await place.broker.approvals.decide(approvalId, { token, verdict: "approve" });
      const answers = await atOnce(() => place.act(run, action, { approvalId }));
      const leases = new Set(answers.flatMap((answer) => (answer.ok ? [answer.lease?.lease_id ?? ""] : [])));
      expect(leases.size, "whoever was allowed holds the one lease").toBe(1);
      expect([...leases]).not.toContain("");
      const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.reason]));
      expect(refused.filter((reason) => reason !== "outcome_unknown" && !isLate(reason))).toEqual([]);
      if (round === 0) expect(await intentsOf(run)).toBe(1);
    }
  });

  test("have one assertion accepted once", { timeout: TIMEOUT }, async () => {
    const { place } = stage;
    for (let round = 0; round < ROUNDS; round++) {
      const run = await place.start({ agent: "support@3" });
      let signed: TokenRequest | undefined;
      const answers = await atOnce(() =>
        place.act(run, refundOf(`ch_${round}`, 100), { request: (request) => (signed ??= request) }),
      );
      const outcomes = answers.map(outcomeOf);
      expect(count(outcomes, "allowed")).toBe(1);
      expect(others(outcomes, "token_replayed")).toEqual([]);
    }
  });

  test("draw a budget to its last unit, and not one further", { timeout: TIMEOUT }, async () => {
    const { place } = stage;
    for (let round = 0; round < ROUNDS; round++) {
      const run = await place.start({ agent: "payer@1" });
      const outcomes = (await atOnce((client) => place.act(run, refundOf(`ch_${client}`, 100)))).map(
        outcomeOf,
      );
      expect(count(outcomes, "allowed")).toBe(10);
      expect(others(outcomes, "budget_exceeded")).toEqual([]);
      if (round === 0) expect(await intentsOf(run)).toBe(10);
    }
  });
});

describe("what one process stops", () => {
  test.for([
    {
      name: "a run that is killed",
      stop: (run: TestRun) => stage.place.broker.runs.kill(run.id),
      reason: "run_ended",
    },
    {
      name: "runs of a tenant that is frozen",
      stop: () => stage.place.broker.runs.freeze("tenant:acme"),
      thaw: () => stage.place.broker.runs.thaw("tenant:acme"),
      reason: "run_ended",
    },
    {
      name: "runs of an agent that is frozen",
      stop: () => stage.place.broker.runs.freeze("agent:worker"),
      thaw: () => stage.place.broker.runs.thaw("agent:worker"),
      reason: "run_ended",
    },
    {
      name: "a system that is frozen",
      stop: () => stage.place.broker.runs.freeze("system:payments"),
      thaw: () => stage.place.broker.runs.thaw("system:payments"),
      reason: "frozen",
    },
  ])("is refused by every other at the very next mint: $name", async ({ stop, thaw, reason }) => {
    const { place, replicas } = stage;
    const run = await place.start({ agent: "worker@1" });
    const everywhere = (): Promise<string[]> =>
      Promise.all(replicas.map(async () => outcomeOf(await place.act(run, refundOf(`ch_${fresh++}`, 100)))));
    expect(await everywhere()).toEqual(replicas.map(() => "allowed"));
    const intents = await intentsOf(run);
    await stop(run);
    const after = await everywhere();
    await thaw?.();
    expect(after).toEqual(replicas.map(() => reason));
    expect(await intentsOf(run)).toBe(intents);
  });
});

/** One refund: decided and minted by a replica, sent through its gateway. */
async function refundAt(run: TestRun, charge: string, index: number): Promise<string> {
  const { place, replicas, to } = stage;
  const gatewayUrl = replicas[index]?.gatewayUrl ?? "";
  const answer = await place.act(run, refundOf(charge, 100), { request: (request) => to(index, request) });
  if (!answer.ok) return answer.reason;
  const body = new URLSearchParams({ charge, amount: "100" }).toString();
  try {
    const { clock } = place;
    const response = await sendRefund({ gatewayUrl, clock }, run, answer.access_token, body);
    await response.body?.cancel();
    return response.ok ? "refunded" : `HTTP ${response.status}`;
  } catch (error) {
    // What fetch makes of a connection that is refused or cut.
    if (!(error instanceof TypeError)) throw error;
    return "cut";
  }
}

const ANSWERED: ReadonlySet<string> = new Set(["refunded", "cut", "broker_unavailable"]);

describe("a replica that is killed under load", () => {
  test("doubles nothing, does nothing unrecorded, and stops nobody else", { timeout: TIMEOUT }, async () => {
    const { place, replicas, twin, restart } = stage;
    // A run's token lives ten minutes, and the long mode longer.
    const runs = [await place.start({ agent: "worker@1" })];
    const before = twin.refunds("acct_acme").length;
    const seen: { readonly charge: string; readonly replica: number; readonly outcome: string }[] = [];
    const refunded = (): number => seen.filter(({ outcome }) => outcome === "refunded").length;
    let target = BETWEEN;
    let reached = Promise.withResolvers<void>();
    const until = (more: number): Promise<void> => {
      target = refunded() + more;
      reached = Promise.withResolvers<void>();
      return reached.promise;
    };
    const work = { goesOn: true };
    onTestFinished(() => void (work.goesOn = false));
    const clients = Array.from({ length: 12 }, async (_, client) => {
      for (let turn = client; work.goesOn; turn++) {
        const [charge, replica] = [`ch_${fresh++}`, turn % replicas.length];
        const outcome = await refundAt(runs.at(-1)!, charge, replica);
        seen.push({ charge, replica, outcome });
        // Nobody is told no: there is an answer, or none because who should give it is gone.
        if (!ANSWERED.has(outcome)) reached.reject(new Error(`a refund was answered with ${outcome}`));
        if (refunded() >= target) reached.resolve();
      }
    });
    const survived: number[] = [];
    const restarted: Promise<void>[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      await until(BETWEEN);
      const victim = kill % replicas.length;
      runs.push(await place.start({ agent: "worker@1" }));
      await replicas[victim]?.kill();
      const here = seen.length;
      await until(BETWEEN);
      survived.push(
        seen.slice(here).filter(({ replica, outcome }) => replica !== victim && outcome === "refunded")
          .length,
      );
      restarted.push(restart(victim));
    }
    await Promise.all(restarted);
    await until(BETWEEN);
    work.goesOn = false;
    await Promise.all(clients);

    expect(Math.min(...survived), "after each kill, the others went on").toBeGreaterThan(0);
    expect(seen.filter(({ outcome }) => !ANSWERED.has(outcome))).toEqual([]);
    const refunds = twin.refunds("acct_acme").slice(before);
    const charges = refunds.map(({ charge }) => charge);
    expect(new Set(charges).size, "money moved at most once for each charge").toBe(charges.length);
    const confirmed = seen.flatMap(({ charge, outcome }) => (outcome === "refunded" ? [charge] : []));
    const made = new Set(charges);
    expect(
      confirmed.filter((charge) => !made.has(charge)),
      "what was confirmed happened",
    ).toEqual([]);
    const ledger = await ledgerOf(place);
    const intents = new Map(
      ledger.filter(({ kind }) => kind === "intent").map((record) => [record.decisionId, record.at]),
    );
    for (const { metadata } of refunds)
      expect(intents.has(metadata["watchword_decision"]), "its intent was recorded before it").toBe(true);
    const ours: ReadonlySet<unknown> = new Set(runs.map(({ id }) => id));
    const recorded = ledger.filter(({ kind, body }) => kind === "intent" && ours.has(body["run"]));
    expect(refunds.length).toBeLessThanOrEqual(recorded.length);
    expect((await place.broker.verifyLedger()).firstProblem).toBeUndefined();
    if (LONG)
      process.stdout.write(
        `${KILLS} kills: ${seen.length} refunds asked for, ${refunds.length} made, ${confirmed.length} confirmed\n`,
      );
  });
});
