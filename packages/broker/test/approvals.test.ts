import { type Action, type TokenAnswer, newAction } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { LOGIN, type TestRun, type TestWorld, effects, refundOf, sendRefund, world } from "./world.ts";

async function waiting(place: TestWorld, run: TestRun, action: Action): Promise<string> {
  const answer = await place.act(run, action);
  if (answer.ok || answer.approval_id === undefined) throw new Error("no approval was asked for");
  expect(answer).toMatchObject({ error: "approval_required", reason: "approval_required", retryable: true });
  return answer.approval_id;
}

const reasonOf = (answer: TokenAnswer): string => (answer.ok ? "allowed" : answer.reason);
const lead = (place: TestWorld, user = "lena", tenant = "acme"): Promise<string> =>
  place.userToken(user, { org_id: tenant, groups: ["leads"] });

describe("an approval", () => {
  test("lets exactly its action through, once", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, run, action);
    expect(reasonOf(await place.act(run, action, { approvalId: id }))).toBe("approval_pending");
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    const allowed = await place.act(run, action, { approvalId: id });
    if (!allowed.ok) throw new Error(allowed.reason);
    expect((await sendRefund(place, run, allowed.access_token, "charge=ch_a3&amount=19000")).status).toBe(
      200,
    );
    expect(reasonOf(await place.act(run, refundOf("ch_a3", 19_000), { approvalId: id }))).toBe(
      "approval_spent",
    );
    expect(place.twin.refunds("acct_acme")).toHaveLength(1);
  });

  test.for<{ name: string; action: (action: Action) => Action }>([
    {
      name: "another amount",
      action: (action) => ({ ...action, arguments: { charge: "ch_a3", amount: { minor: 19_001 } } }),
    },
    {
      name: "another charge",
      action: (action) => ({ ...action, arguments: { charge: "ch_a2", amount: { minor: 19_000 } } }),
    },
    {
      name: "another transaction of the same words",
      action: (action) =>
        newAction({
          system: action.system,
          operation: action.operation,
          resource: {},
          arguments: action.arguments,
        }),
    },
    {
      name: "one more argument",
      action: (action) => ({ ...action, arguments: { ...action.arguments, reason: "duplicate" } }),
    },
  ])("does not fit $name", async ({ action }) => {
    await using place = await world();
    const run = await place.start();
    const asked = refundOf("ch_a3", 19_000);
    const id = await waiting(place, run, asked);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    expect(reasonOf(await place.act(run, action(asked), { approvalId: id }))).toBe("approval_mismatch");
    expect((await place.store.approval(id))?.state).toBe("granted");
    expect(effects(place)).toBe(0);
    expect((await place.ledger()).some((record) => record.kind === "intent")).toBe(false);
  });

  test.for<{ name: string; start: Parameters<TestWorld["start"]>[0] }>([
    { name: "another thread", start: { thread: "ticket-2" } },
    { name: "another user", start: { thread: "ticket-1", user: "mallory" } },
    { name: "another version of the agent", start: { thread: "ticket-1", agent: "support@4" } },
    { name: "another tenant", start: { thread: "ticket-1", tenant: "globex", user: "gina" } },
  ])("does not fit $name", async ({ start }) => {
    await using place = await world();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, await place.start({ thread: "ticket-1" }), action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    const other = await place.act(await place.start(start), action, { approvalId: id });
    expect(["approval_mismatch", "tenant_mismatch"]).toContain(reasonOf(other));
    expect((await place.ledger()).some((record) => record.kind === "intent")).toBe(false);
  });

  test("of another tenant looks like one that never was, whatever became of it", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, run, action);
    const globex = await place.start({ tenant: "globex", user: "gina" });
    const seen = async (approvalId: string): Promise<string> =>
      reasonOf(await place.act(globex, refundOf("ch_g3", 9_000), { approvalId }));
    expect(await seen(`apr_${"0".repeat(32)}`)).toBe("approval_mismatch");
    expect(await seen(id)).toBe("approval_mismatch");
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    expect(reasonOf(await place.act(run, action, { approvalId: id }))).toBe("allowed");
    expect(await seen(id)).toBe("approval_mismatch");
    expect((await place.ledger()).filter((record) => record.kind === "intent")).toHaveLength(1);
  });

  test("does not fit the same call by another tool", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, run, action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    const other = await place.act(run, action, {
      approvalId: id,
      claims: (claims) => ({ ...claims, call: { tool: "other_tool", id: "call_1" } }),
    });
    expect(reasonOf(other)).toBe("approval_mismatch");
  });

  test("does not fit once the charge has changed since it was shown", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, run, action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    const direct = await fetch(`${place.twin.url}/v1/refunds`, {
      method: "POST",
      body: "charge=ch_a3&amount=500",
      headers: {
        authorization: `Bearer ${(await import("./world.ts")).CANARY}`,
        "stripe-account": "acct_acme",
        "content-type": "application/x-www-form-urlencoded",
      },
    });
    expect(direct.status).toBe(200);
    expect(reasonOf(await place.act(run, action, { approvalId: id }))).toBe("approval_mismatch");
  });

  test("survives the death of the run that asked: a new run with a new key in the same thread spends it", async () => {
    await using place = await world();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, await place.start({ thread: "ticket-1" }), action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    const resumed = await place.start({ thread: "ticket-1" });
    expect((await place.act(resumed, action, { approvalId: id })).ok).toBe(true);
  });

  test("that was spent gives the same lease again after a lost answer, and nothing else to anybody", async () => {
    await using place = await world();
    const run = await place.start({ thread: "ticket-1" });
    const action = refundOf("ch_a3", 19_000);
    const approvalId = await waiting(place, run, action);
    await place.broker.approvals.decide(approvalId, { token: await lead(place), verdict: "approve" });
    const lost = await place.act(run, action, { approvalId });
    const again = await place.act(run, action, { approvalId });
    if (!lost.ok || !again.ok) throw new Error("refused");
    expect(again.lease?.lease_id).toBe(lost.lease?.lease_id);
    const resumed = await place.start({ thread: "ticket-1" });
    expect(reasonOf(await place.act(resumed, action, { approvalId }))).toBe("already_done");
    const other = refundOf("ch_a3", 19_000);
    expect(reasonOf(await place.act(run, other, { approvalId }))).toBe("approval_spent");
    place.clock.advance(61);
    expect(reasonOf(await place.act(run, action, { approvalId }))).toBe("already_done");
    expect((await place.ledger()).filter(({ kind }) => kind === "intent")).toHaveLength(1);
  });

  test("leaves a record of every refused yes: who tried, and why; of a stranger's, a count", async () => {
    await using place = await world();
    const id = await waiting(place, await place.start({ user: "lena" }), refundOf("ch_a3", 19_000));
    const refused = async (token: string): Promise<void> =>
      expect(place.broker.approvals.decide(id, { token, verdict: "approve" })).rejects.toThrow();
    await refused(await lead(place, "gina", "globex"));
    await refused(await lead(place, "lena"));
    await refused("x.y.z");
    await place.broker.sweep();
    const records = (await place.ledger()).filter(({ kind }) => kind === "approval");
    expect(records.map(({ tenant, body }) => [tenant, body["approval"], body["reason"]])).toEqual([
      ["acme", id, "approver_not_allowed"],
      ["acme", id, "approval_self"],
    ]);
    const [first] = records;
    const personal = await place.store.personal(first?.replica ?? "", first?.sequence ?? 0);
    expect(personal?.value["approver"]).toEqual({ issuer: LOGIN, subject: "gina" });
    const counted = (await place.ledger()).find(({ body }) => body["reason"] === "token_malformed");
    expect(counted?.body["count"]).toBe(1);
    expect((await place.store.approval(id))?.state).toBe("pending");
  });

  test("is spent once by sixty-four at a time", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, run, action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => place.act(run, action, { approvalId: id })),
    );
    const leases = new Set(
      answers
        .map((answer) => (answer.ok ? answer.lease?.lease_id : undefined))
        .filter((lease) => lease !== undefined),
    );
    expect(leases.size).toBe(1);
    const intents = (await place.ledger()).filter((record) => record.kind === "intent");
    expect(intents).toHaveLength(1);
  });

  test("expires", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, run, action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    place.clock.advance(30 * 60);
    const later = await place.start({ thread: (await place.store.approval(id))?.thread ?? "" });
    expect(reasonOf(await place.act(later, action, { approvalId: id }))).toBe("approval_expired");
  });

  test("that was denied stays denied", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await waiting(place, run, action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "deny" });
    await expect(
      place.broker.approvals.decide(id, { token: await lead(place, "lars"), verdict: "approve" }),
    ).rejects.toMatchObject({ reason: "approval_mismatch" });
    expect(reasonOf(await place.act(run, action, { approvalId: id }))).toBe("approval_denied");
  });

  test("shows the whole action, with every character that could deceive as its escape", async () => {
    await using place = await world();
    const run = await place.start();
    const id = await waiting(
      place,
      run,
      newAction({
        ...refundOf("ch_a3", 19_000),
        arguments: { charge: "ch_a3", amount: { minor: 19_000 }, metadata: { note: "ok\u202e000.91\n" } },
      }),
    );
    const text = (await place.broker.approvals.get(id))?.shownText ?? "";
    expect(text).toContain("190.00 USD");
    expect(text).toContain("acct_acme");
    expect(text).toContain("202e");
    expect(text).not.toMatch(/[^\u0020-\u007e\n]/);
  });
});

describe("an approver", () => {
  test.for<{ name: string; reason: string; token: (place: TestWorld) => Promise<string> }>([
    {
      name: "outside of the declared group",
      reason: "approver_not_allowed",
      token: (place) => place.userToken("eve", { org_id: "acme", groups: ["interns"] }),
    },
    {
      // As if there were none.
      name: "of another tenant",
      reason: "approval_mismatch",
      token: (place) => lead(place, "gustav", "globex"),
    },
    {
      name: "whose login is not fresh",
      reason: "approver_not_allowed",
      token: (place) =>
        place.userToken(
          "lena",
          { org_id: "acme", groups: ["leads"] },
          Math.floor(place.clock.now() / 1_000) - 3_600,
        ),
    },
    { name: "who is the requester", reason: "approval_self", token: (place) => lead(place, "dana") },
    {
      name: "with an agent's run token",
      reason: "token_untrusted",
      token: async (place) => (await place.start()).token,
    },
    { name: "with a workload's token", reason: "token_untrusted", token: (place) => place.workloadToken() },
  ])("$name is refused: $reason", async ({ reason, token }) => {
    await using place = await world();
    const id = await waiting(place, await place.start(), refundOf("ch_a3", 19_000));
    await expect(
      place.broker.approvals.decide(id, { token: await token(place), verdict: "approve" }),
    ).rejects.toMatchObject({ reason });
    expect((await place.store.approval(id))?.state).toBe("pending");
  });
});
