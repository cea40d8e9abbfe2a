import {
  type Action,
  type Reason,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
  type TokenAnswer,
  type TokenRequest,
  newAction,
  signProof,
  tokenUrl,
} from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DurableStep } from "../src/broker-context.ts";
import { MINTING_POLICY, type MintingSystem, mintingSystem } from "./minting-system.ts";
import {
  type ActOptions,
  ISSUER,
  POLICY,
  type TestRun,
  type TestWorld,
  effects,
  refundOf,
  world,
} from "./world.ts";

const { run, workload, handle, accessToken } = TOKEN_TYPE_URIS;

describe("an act", () => {
  let place: TestWorld;
  let holder: TestRun;
  const steps: [DurableStep, string][] = [];
  beforeAll(async () => {
    place = await world({
      // Nothing is once here: every action below may be asked for again.
      policy: POLICY.replace("    once: { by: [args.charge], per: 24h }\n", ""),
      broker: { onStep: (step, decisionId) => void steps.push([step, decisionId]) },
    });
    holder = await place.start();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const acted = (options: ActOptions = {}, action = refundOf("ch_a1")): Promise<TokenAnswer> =>
    place.act(holder, action, options);
  const requested = (more: Partial<TokenRequest>): ActOptions => ({
    request: (request) => ({ ...request, ...more }),
  });
  /** Steps that were taken since, and what was recorded. */
  async function since(attempt: () => Promise<TokenAnswer>) {
    const [before, records] = [steps.length, (await place.ledger()).length];
    const answer = await attempt();
    return {
      answer,
      taken: steps.slice(before).map(([step]) => step),
      records: (await place.ledger()).slice(records),
    };
  }

  test("goes on by the same run under its renewed token: a renewal is no start", async () => {
    const before = (await place.ledger()).filter(({ kind }) => kind === "run_started").length;
    const renewed = await place.broker.client.token({
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: holder.token,
      subject_token_type: run,
      actor_token: await place.workloadToken(),
      actor_token_type: workload,
      dpop: (nonce) =>
        signProof(
          holder.key,
          { method: "POST", url: tokenUrl(ISSUER), ...(nonce === undefined ? {} : { nonce }) },
          Math.floor(place.clock.now() / 1_000),
        ),
    });
    if (!renewed.ok) throw new Error(renewed.reason);
    expect(renewed.run?.run_id).toBe(holder.id);
    expect((await place.ledger()).filter(({ kind }) => kind === "run_started")).toHaveLength(before);
    holder = { ...holder, token: renewed.access_token };
    expect((await acted()).ok).toBe(true);
  });

  test("that is allowed takes the six durable steps, each under its decision's id", async () => {
    const before = steps.length;
    const answer = await acted();
    if (!answer.ok || answer.lease === undefined) throw new Error("not allowed");
    const id = answer.lease.decision_id;
    expect(steps.slice(before)).toEqual(
      ["read", "decided", "intent", "minted", "outcome", "answered"].map((step) => [step, id]),
    );
    expect(id).toMatch(/^dec_/);
    expect(answer.lease.lease_id).toMatch(/^lease_/);
    expect(answer.lease.decision).toMatchObject({ approval: "none", evidence: "none" });
  });

  test.for<[title: string, more: Partial<TokenRequest>]>([
    ["system", { audience: "payments" }],
    ["operation", { scope: "payments/refunds.create" }],
    ["both", { audience: "payments", scope: "payments/refunds.create" }],
  ])("may repeat its action's %s", async ([, more]) => {
    expect((await acted(requested(more))).ok).toBe(true);
  });

  test.for<[title: string, more: Partial<TokenRequest>]>([
    ["another system", { audience: "code" }],
    ["another operation", { scope: "payments/charges.retrieve" }],
    ["an operation without its system", { scope: "refunds.create" }],
    ["a resource", { resource: "https://api.stripe.com" }],
    ["details", { authorization_details: "[]" }],
    ["its system and another operation", { audience: "payments", scope: "payments/charges.retrieve" }],
  ])("beside %s is refused before anything is decided", async ([, more]) => {
    const { answer, taken, records } = await since(() => acted(requested(more)));
    expect(answer).toMatchObject({ ok: false, reason: "request_malformed" });
    expect(taken).toEqual([]);
    expect(records).toMatchObject([
      { kind: "decision", body: { outcome: "deny", reason: "request_malformed", failed_fact: "action" } },
    ]);
    const [record] = records;
    const personal = record && (await place.store.personal(record.replica, record.sequence));
    expect(personal?.value).toMatchObject({
      detail: "request_malformed: audience, scope, resource or authorization_details differ from the action",
    });
  });

  test("for a kind of token that its grant does not give is refused, and nothing is minted or spent", async () => {
    const { answer, taken, records } = await since(() =>
      acted(requested({ requested_token_type: accessToken })),
    );
    expect(answer).toMatchObject({ ok: false, reason: "request_malformed" });
    expect(taken).toEqual(["read", "decided"]);
    expect(records).toMatchObject([
      { kind: "decision", body: { reason: "request_malformed", failed_fact: "credential" } },
    ]);
    expect((await acted()).ok).toBe(true);
  });

  test("that a person must allow first waits by its approval's name and address, recorded once", async () => {
    const { answer, taken, records } = await since(() => acted({}, refundOf("ch_a3", 19_000)));
    if (answer.ok) throw new Error("allowed");
    expect(answer).toMatchObject({
      error: "approval_required",
      reason: "approval_required",
      retryable: true,
      approval_uri: `${ISSUER}/approvals/${answer.approval_id}`,
      interval: 5,
      decision_id: records[0]?.decisionId,
      receipt: { sequence: records[0]?.sequence },
    });
    expect(answer.approval_id).toMatch(/^apr_/);
    expect(answer.expires_in).toBeGreaterThan(1_700);
    expect(answer.expires_in).toBeLessThanOrEqual(1_800);
    expect(taken).toEqual(["read", "decided"]);
    expect(records).toMatchObject([{ kind: "decision", body: { outcome: "approval_required" } }]);
    expect(effects(place)).toBe(0);
  });

  test("that names its approval waits while nobody has said yes, and is allowed by it after", async () => {
    const action = refundOf("ch_a3", 18_000);
    const waiting = await acted({}, action);
    const approvalId = waiting.ok ? undefined : waiting.approval_id;
    if (approvalId === undefined) throw new Error("no approval was asked for");
    const early = await since(() => acted({ approvalId }, action));
    expect(early.answer).toMatchObject({ ok: false, reason: "approval_pending" });
    expect(early.answer).not.toHaveProperty("approval_id");
    expect(early.taken).toEqual(["read", "decided"]);
    const token = await place.userToken("lena", { org_id: "acme", groups: ["leads"] });
    await place.broker.approvals.decide(approvalId, { token, verdict: "approve" });
    expect(await acted({ approvalId }, action)).toMatchObject({
      ok: true,
      lease: { decision: { approval: "granted" } },
    });
  });

  test.for<[title: string, reason: Reason, failedFact: string, charge: string, cents: number]>([
    ["no grant allows", "tenant_mismatch", "tenant", "ch_g1", 100],
    ["is over the limit", "limit_exceeded", "argument:amount", "ch_a3", 20_001],
  ])(
    "that %s is denied under its decision's id, recorded once",
    async ([, reason, failedFact, charge, cents]) => {
      const { answer, taken, records } = await since(() => acted({}, refundOf(charge, cents)));
      expect(answer).toMatchObject({
        ok: false,
        reason,
        decision_id: records[0]?.decisionId,
        receipt: { sequence: records[0]?.sequence },
      });
      expect(taken).toEqual(["read", "decided"]);
      expect(records).toMatchObject([
        {
          kind: "decision",
          body: { outcome: "deny", reason, failed_fact: failedFact, grant: "refund", system: "payments" },
        },
      ]);
    },
  );

  test("that was refused has spent its assertion: it is worth nothing once what refused it has passed", async () => {
    let kept: TokenRequest | undefined;
    await place.broker.runs.freeze("system:payments");
    const refused = await acted({ request: (request) => (kept = request) });
    await place.broker.runs.thaw("system:payments");
    expect(refused).toMatchObject({ ok: false, reason: "frozen" });
    if (kept === undefined) throw new Error("nothing was sent");
    const again = kept;
    const { answer, taken } = await since(() => place.broker.client.token(again));
    expect(answer).toMatchObject({ ok: false, reason: "token_replayed" });
    expect(taken).toEqual(["read", "decided"]);
    expect((await acted()).ok).toBe(true);
  });

  test("that was refused and recorded is not counted as well: that is for callers whom nobody knows", async () => {
    const before = (await place.ledger()).length;
    expect((await acted({}, refundOf("ch_a3", 20_001))).ok).toBe(false);
    expect((await acted({ request: (request) => ({ ...request, subject_token: "none" }) })).ok).toBe(false);
    await place.broker.sweep();
    const counts = (await place.ledger()).slice(before).filter(({ body }) => "count" in body);
    expect(counts.map(({ body }) => body["reason"])).toEqual(["token_malformed"]);
  });

  test("of a run that has ended is recorded as refused, and nothing of its assertion is read", async () => {
    const ended = await place.start();
    await place.broker.runs.kill(ended.id);
    const { answer, taken, records } = await since(() => place.act(ended, refundOf("ch_a1")));
    expect(answer).toMatchObject({ ok: false, reason: "run_ended", decision_id: records[0]?.decisionId });
    expect(taken).toEqual([]);
    expect(records).toMatchObject([{ body: { reason: "run_ended", run: ended.id, failed_fact: "run" } }]);
    expect(records[0]?.body).not.toHaveProperty("action_digest");
  });

  test("asked for again after its answer was lost is the same lease, from a record of its own", async () => {
    const action = refundOf("ch_a1");
    const first = await acted({}, action);
    const { answer, taken, records } = await since(() => acted({}, action));
    if (!first.ok || !answer.ok) throw new Error("not allowed");
    expect(answer.lease?.lease_id).toBe(first.lease?.lease_id);
    expect(answer.access_token).not.toBe(first.access_token);
    expect(taken).toEqual(["read", "decided", "answered"]);
    expect(records).toMatchObject([{ kind: "outcome", body: { outcome: "handle_replaced" } }]);
    expect(answer.receipt?.sequence).toBe(records[0]?.sequence);
  });
});

describe("an act whose grant releases the credential", () => {
  const RELEASED = MINTING_POLICY.replace(
    "    lease:",
    "    custody: released\n    acceptResidual: [ticket]\n    lease:",
  );
  const system: MintingSystem = mintingSystem();
  /** Whether planning breaks. */
  const broken = { plan: false };
  const adapter: MintingSystem["adapter"] = {
    ...system.adapter,
    plan: (action) => {
      if (broken.plan) throw new TypeError("secret");
      return system.adapter.plan(action);
    },
  };
  let place: TestWorld;
  let holder: TestRun;
  beforeAll(async () => {
    place = await world({ policy: RELEASED, systems: () => ({ tickets: adapter }) });
    holder = await place.start();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const ticket = (): Action =>
    newAction({
      system: "tickets",
      operation: "tickets.close",
      resource: {},
      arguments: { ticket: "t_1" },
    });
  const close = (type: string | undefined): Promise<TokenAnswer> =>
    place.act(holder, ticket(), {
      request: ({ requested_token_type: _, ...request }) => ({
        ...request,
        ...(type === undefined ? {} : { requested_token_type: type }),
      }),
    });

  test.for<[title: string, type: string | undefined]>([
    ["nothing in particular", undefined],
    ["it", accessToken],
  ])("gives it to a runtime that asks for %s", async ([, type]) => {
    const answer = await close(type);
    expect(answer).toMatchObject({ ok: true, issued_token_type: accessToken, token_type: "N_A" });
  });

  test("is refused to a runtime that asks for a handle, and nothing is minted", async () => {
    const before = system.minted;
    expect(await close(handle)).toMatchObject({ ok: false, reason: "request_malformed" });
    expect(system.minted).toBe(before);
  });

  test("that breaks on the way is recorded as an error of ours, and nothing is minted", async () => {
    const { minted } = system;
    const before = (await place.ledger()).length;
    broken.plan = true;
    const answer = await close(undefined);
    broken.plan = false;
    expect(answer).toMatchObject({ ok: false, error: "server_error", reason: "internal" });
    const records = (await place.ledger()).slice(before);
    expect(records).toMatchObject([{ kind: "decision", body: { outcome: "deny", reason: "internal" } }]);
    expect(JSON.stringify([answer, records])).not.toContain("secret");
    expect(system.minted).toBe(minted);
  });

  test.for<[behaviour: "refuse" | "break", reason: Reason]>([
    ["refuse", "downstream_refused"],
    ["break", "downstream_unavailable"],
  ])(
    "of a system that does %s is answered under its intent's record, and recorded once more as not minted",
    async ([behaviour, reason]) => {
      const before = (await place.ledger()).length;
      system.behave = { mint: behaviour };
      const answer = await close(undefined);
      system.behave = {};
      const records = (await place.ledger()).slice(before);
      expect(records.map(({ kind, body }) => [kind, body["outcome"]])).toEqual([
        ["intent", "allow"],
        ["outcome", "not_minted"],
      ]);
      expect(answer).toMatchObject({
        ok: false,
        reason,
        decision_id: records[0]?.decisionId,
        receipt: { sequence: records[0]?.sequence },
      });
    },
  );
});
