import { type LedgerRecord, generateSigner, localDecisionId, randomToken, sha256 } from "@watchword/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { explainDecision } from "../src/index.ts";
import { batchOf, denialOf, madeByRuntimes, projectionsOf } from "./denial-desk.ts";
import { refusalOf } from "./refusal-of.ts";
import { type TestRun, type TestWorld, effects, refundOf, world } from "./world.ts";

let place: TestWorld;
let run: TestRun;
beforeAll(async () => void (place = await world()));
afterAll(() => place[Symbol.asyncDispose]());
beforeEach(async () => void (run = await place.start()));

const report = (batch: string, token = run.token): Promise<number> =>
  projectionsOf(place).report(token, batch);
const made = (): Promise<LedgerRecord[]> => madeByRuntimes(place, run);
/** What the broker recorded of batches that this run brought, and it refused. */
const refused = async (): Promise<LedgerRecord[]> =>
  (await place.ledger()).filter(({ body }) => body["asked"] === "denials" && body["run"] === run.id);
const seconds = (): number => Math.floor(place.clock.now() / 1_000);

describe("a denial that a runtime made", () => {
  test("is recorded as the runtime's, with who it was from the run alone, and the ledger verifies", async () => {
    const denial = denialOf(place);
    expect(await report(await batchOf(place, run, { denials: [denial] }))).toBe(1);
    const [record] = await made();
    expect(record).toMatchObject({
      kind: "decision",
      tenant: "acme",
      decisionId: localDecisionId(run.id, denial as { at: number; nonce: string }),
      body: {
        agent: "support@3",
        run: run.id,
        root: run.id,
        workload: "support-runtime",
        assurance: "verified",
        decided_by: "runtime",
        outcome: "deny",
        reason: "limit_exceeded",
        failed_fact: "argument:amount",
        system: "payments",
        operation: "refunds.create",
        tool: "refund",
        action_digest: denial["action_digest"],
        policy_version: denial["policy_version"],
        denied_at: denial["at"],
      },
    });
    expect(await place.broker.verifyLedger()).toMatchObject({ ok: true });
  });

  test("is explained as what the broker was not asked about", async () => {
    await report(await batchOf(place, run));
    const [record] = await made();
    if (record === undefined) throw new Error("nothing was recorded");
    const { value: personal } = (await place.store.personal(record.replica, record.sequence)) ?? {};
    expect(explainDecision({ record, personal, intact: true, others: [] })).toMatchObject({
      outcome: "deny",
      decided_by: "runtime",
      reason: "limit_exceeded",
      checks: null,
      grant: null,
      detail: "denied by the runtime from its projection of the policy; the broker was not asked",
      principal: { subject: "dana" },
    });
  });

  test("is no decision about the action: the broker decides it as if nothing had been said", async () => {
    const action = refundOf("ch_a1", 1_000);
    await report(await batchOf(place, run, { denials: [denialOf(place, { action_digest: sha256("x") })] }));
    const answer = await place.act(run, action);
    expect(answer.ok).toBe(true);
  });

  test("has an id that its run makes: another run's cannot be given to it", () => {
    const parts = { at: seconds(), nonce: randomToken(16) };
    const [own, other] = [localDecisionId(run.id, parts), localDecisionId(`run_${"0".repeat(32)}`, parts)];
    expect(own).toMatch(/^dec_[0-9a-f]{12}8[0-9a-f]{3}8[0-9a-f]{15}$/);
    expect(other).not.toBe(own);
    expect(other.slice(0, 17)).toBe(own.slice(0, 17));
  });
});

describe("a batch is refused as a whole, recorded as refused, and nothing of it is taken:", () => {
  interface Attack {
    readonly name: string;
    readonly batch: () => Promise<string>;
    readonly reason: string;
  }
  const claims = (change: Record<string, unknown>) => (): Promise<string> =>
    batchOf(place, run, { claims: change });
  const denials = (change: Record<string, unknown>) => (): Promise<string> =>
    batchOf(place, run, { denials: [denialOf(place), denialOf(place, change)] });

  test.for<Attack>([
    {
      name: "signed by another key",
      batch: async () => batchOf(place, run, { key: await generateSigner() }),
      reason: "token_untrusted",
    },
    {
      name: "signed by another run, in this one's name",
      batch: async () => batchOf(place, run, { key: (await place.start()).key }),
      reason: "token_untrusted",
    },
    {
      name: "another run's own",
      batch: async () => batchOf(place, await place.start()),
      reason: "token_untrusted",
    },
    {
      name: "of another agent",
      batch: claims({ sub: "urn:watchword:agent:reader@1" }),
      reason: "token_untrusted",
    },
    {
      name: "for another broker",
      batch: claims({ aud: "https://other.example" }),
      reason: "token_wrong_audience",
    },
    {
      name: "beside another run token",
      batch: claims({ ath: sha256("another") }),
      reason: "token_untrusted",
    },
    {
      name: "good for two minutes",
      batch: async () => claims({ exp: seconds() + 120 })(),
      reason: "token_expired",
    },
    {
      name: "over",
      batch: async () => claims({ iat: seconds() - 120, exp: seconds() - 60 })(),
      reason: "token_expired",
    },
    { name: "that names a tenant", batch: claims({ tenant: "globex" }), reason: "token_malformed" },
    {
      name: "with a denial that names a tenant",
      batch: denials({ tenant: "globex" }),
      reason: "token_malformed",
    },
    {
      name: "with a denial that names an agent",
      batch: denials({ agent: "reader@1" }),
      reason: "token_malformed",
    },
    {
      name: "with a denial that says who decided",
      batch: denials({ decided_by: "broker" }),
      reason: "token_malformed",
    },
    { name: "with something allowed", batch: denials({ outcome: "allow" }), reason: "token_malformed" },
    { name: "with a reason of no table", batch: denials({ reason: "because" }), reason: "token_malformed" },
    {
      name: "with a reason that only the broker finds",
      batch: denials({ reason: "budget_exceeded" }),
      reason: "token_malformed",
    },
    {
      name: "with a fact of no table",
      batch: denials({ failed_fact: "argument:a b" }),
      reason: "token_malformed",
    },
    {
      name: "with an unnamed argument",
      batch: denials({ failed_fact: "argument:" }),
      reason: "token_malformed",
    },
    {
      name: "with a digest that is none",
      batch: denials({ action_digest: "digest" }),
      reason: "token_malformed",
    },
    {
      name: "with a denial of tomorrow",
      batch: async () => denials({ at: seconds() + 86_400 })(),
      reason: "token_expired",
    },
    {
      name: "with a denial of yesterday",
      batch: async () => denials({ at: seconds() - 86_400 })(),
      reason: "token_expired",
    },
    {
      name: "with a denial that is there twice",
      batch: async () => {
        const denial = denialOf(place);
        return batchOf(place, run, { denials: [denial, denial] });
      },
      reason: "token_malformed",
    },
    {
      name: "of more than 64",
      batch: async () =>
        batchOf(place, run, {
          denials: Array.from({ length: 65 }, () => denialOf(place, { call: { tool: "t", id: "c" } })),
        }),
      reason: "token_malformed",
    },
    {
      name: "longer than an assertion may be",
      batch: async () =>
        batchOf(place, run, {
          denials: Array.from({ length: 64 }, () =>
            denialOf(place, { call: { tool: "t".repeat(128), id: "ü".repeat(256) } }),
          ),
        }),
      reason: "token_malformed",
    },
    {
      name: "an assertion",
      batch: async () => batchOf(place, run, { typ: "agent-assertion+jwt" }),
      reason: "token_wrong_type",
    },
    { name: "the run token itself", batch: async () => run.token, reason: "token_wrong_type" },
  ])("$name", async ({ batch, reason }) => {
    const text = await batch();
    expect((await refusalOf(report(text))).reason).toBe(reason);
    expect(await made()).toEqual([]);
    expect(
      (await refused()).map(({ body }) => [body["outcome"], body["reason"], body["decided_by"], body["run"]]),
    ).toEqual([["deny", reason, "broker", run.id]]);
    expect(effects(place)).toBe(0);
  });

  test("sent again", async () => {
    const batch = await batchOf(place, run);
    expect(await report(batch)).toBe(1);
    expect((await refusalOf(report(batch))).reason).toBe("token_replayed");
    expect(await made()).toHaveLength(1);
  });

  test("of a run that has ended", async () => {
    const batch = await batchOf(place, run);
    await place.broker.runs.kill(run.id);
    expect((await refusalOf(report(batch))).reason).toBe("run_ended");
    expect(await made()).toEqual([]);
  });

  test("with a run token that is none: counted, since nobody is known who could be recorded", async () => {
    expect((await refusalOf(report(await batchOf(place, run), "token"))).reason).toBe("token_malformed");
    expect(await refused()).toEqual([]);
    await place.broker.sweep();
    expect(
      (await place.ledger()).some(({ body }) => body["count"] === 1 && body["reason"] === "token_malformed"),
    ).toBe(true);
  });
});

test("a flood of denials is recorded up to a bound per run and minute, and counted beyond it", async () => {
  const flood = async (): Promise<string> =>
    batchOf(place, run, {
      denials: Array.from({ length: 64 }, () => denialOf(place, { call: { tool: "t", id: "c" } })),
      claims: { dropped: 5 },
    });
  // At the beginning of a minute, so that none ends meanwhile.
  place.clock.advance(60 - (seconds() % 60));
  for (let batch = 0; batch < 6; batch++) expect(await report(await flood())).toBe(64);
  expect(await made()).toHaveLength(256);
  const other = await place.start();
  expect(await report(await batchOf(place, other), other.token)).toBe(1);
  await place.broker.sweep();
  expect(await made()).toHaveLength(256);
  expect(await madeByRuntimes(place, other)).toHaveLength(1);
  place.clock.advance(60);
  await place.broker.sweep();
  const counts = (await made()).filter(({ body }) => "count" in body);
  expect(counts.map(({ body, tenant }) => [body["run"], body["count"], tenant])).toEqual([
    [run.id, 6 * 64 - 256 + 6 * 5, "acme"],
  ]);
  expect(await report(await batchOf(place, run))).toBe(1);
  expect(await made()).toHaveLength(258);
});
