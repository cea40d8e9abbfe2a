import {
  type Reason,
  TOKEN_TYPES,
  type TokenAnswer,
  actionDigest,
  generateSigner,
  newAction,
  randomToken,
} from "@watchword/core";
import { stripe } from "@watchword/adapter-stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ActOptions,
  type TestRun,
  type TestWorld,
  effects,
  refundOf,
  sendRefund,
  world,
} from "./world.ts";

let place: TestWorld;
let run: TestRun;
beforeAll(async () => {
  place = await world();
  run = await place.start();
});
afterAll(() => place[Symbol.asyncDispose]());

/** Refused for this reason, recorded once, and nothing was minted or sent. */
async function expectRefused(answer: Promise<TokenAnswer>, reason: Reason): Promise<void> {
  const before = { effects: effects(place), records: (await place.ledger()).length, minted: await minted() };
  const given = await answer;
  expect(given.ok ? "allowed" : given.reason).toBe(reason);
  expect(effects(place)).toBe(before.effects);
  expect(await minted()).toBe(before.minted);
}

async function minted(): Promise<number> {
  return (await place.ledger()).filter(
    (record) => record.kind === "outcome" && record.body["outcome"] === "minted",
  ).length;
}

describe("an assertion", () => {
  test.for<{ name: string; reason: Reason; options: ActOptions | (() => Promise<ActOptions>) }>([
    {
      name: "signed with another key",
      reason: "token_untrusted",
      options: async () => ({ signer: await generateSigner() }),
    },
    { name: "of the wrong kind", reason: "token_wrong_type", options: { typ: TOKEN_TYPES.run } },
    {
      name: "for another broker",
      reason: "token_wrong_audience",
      options: { claims: (claims) => ({ ...claims, aud: "https://other.example" }) },
    },
    {
      name: "for this broker and another",
      reason: "token_malformed",
      options: { claims: (claims) => ({ ...claims, aud: [claims["aud"], "https://other.example"] }) },
    },
    {
      name: "that has expired",
      reason: "token_expired",
      options: {
        claims: (claims) => ({
          ...claims,
          iat: Number(claims["iat"]) - 120,
          exp: Number(claims["iat"]) - 60,
        }),
      },
    },
    {
      name: "that lives longer than a minute",
      reason: "token_expired",
      options: { claims: (claims) => ({ ...claims, exp: Number(claims["iat"]) + 61 }) },
    },
    {
      name: "from the future",
      reason: "token_expired",
      options: {
        claims: (claims) => ({
          ...claims,
          iat: Number(claims["iat"]) + 600,
          exp: Number(claims["iat"]) + 630,
        }),
      },
    },
    {
      name: "made beside another run token",
      reason: "token_untrusted",
      options: { claims: (claims) => ({ ...claims, ath: "A".repeat(43) }) },
    },
    {
      name: "of another run",
      reason: "token_untrusted",
      options: { claims: (claims) => ({ ...claims, iss: `urn:watchword:run:run_${"0".repeat(32)}` }) },
    },
    {
      name: "of another agent",
      reason: "token_untrusted",
      options: { claims: (claims) => ({ ...claims, sub: "urn:watchword:agent:admin@1" }) },
    },
    {
      name: "whose digest is of another action",
      reason: "digest_mismatch",
      options: { claims: (claims) => ({ ...claims, action: refundOf("ch_a2") }) },
    },
    {
      name: "whose digest is of the same call for another charge",
      reason: "digest_mismatch",
      options: {
        claims: (claims) => ({
          ...claims,
          action_digest: actionDigest(refundOf("ch_a2", undefined, String(claims["txn"]))),
        }),
      },
    },
    {
      name: "whose txn is of another action",
      reason: "digest_mismatch",
      options: { claims: (claims) => ({ ...claims, txn: randomToken(16) }) },
    },
    {
      name: "with a claim nobody knows",
      reason: "token_malformed",
      options: { claims: (claims) => ({ ...claims, tenant: "globex" }) },
    },
    {
      name: "without a jti",
      reason: "token_malformed",
      options: { claims: ({ jti: _jti, ...claims }) => claims },
    },
    {
      name: "sent as the run token too",
      reason: "token_wrong_type",
      options: { request: (request) => ({ ...request, subject_token: request.actor_token ?? "" }) },
    },
    {
      name: "replaced by the run token",
      reason: "token_wrong_type",
      options: { request: (request) => ({ ...request, actor_token: request.subject_token }) },
    },
    {
      name: "beside an audience that is not the action's",
      reason: "request_malformed",
      options: { request: (request) => ({ ...request, audience: "code" }) },
    },
    {
      name: "beside a scope that is not the action's",
      reason: "request_malformed",
      options: { request: (request) => ({ ...request, scope: "payments/charges.retrieve" }) },
    },
    {
      name: "beside details that say more",
      reason: "request_malformed",
      options: { request: (request) => ({ ...request, authorization_details: "[]" }) },
    },
  ])("$name is refused: $reason", async ({ reason, options }) => {
    await expectRefused(
      place.act(run, refundOf("ch_a1"), typeof options === "function" ? await options() : options),
      reason,
    );
  });

  test("is accepted once: a replay is refused even though the first was allowed", async () => {
    const action = newAction({
      system: "payments",
      operation: "charges.retrieve",
      resource: {},
      arguments: { charge: "ch_a1" },
    });
    let kept: Parameters<TestWorld["broker"]["client"]["token"]>[0] | undefined;
    const first = await place.act(run, action, { request: (request) => (kept = request) });
    expect(first.ok).toBe(true);
    if (kept !== undefined) await expectRefused(place.broker.client.token(kept), "token_replayed");
  });
});

describe("an action", () => {
  test.for<{ name: string; reason: Reason; action: () => ReturnType<typeof refundOf> }>([
    { name: "on another tenant's charge", reason: "tenant_mismatch", action: () => refundOf("ch_g1") },
    { name: "on a charge that is not there", reason: "tenant_mismatch", action: () => refundOf("ch_none") },
    {
      name: "that names the other tenant's account",
      reason: "tenant_mismatch",
      action: () => newAction({ ...refundOf("ch_a1"), resource: { account: "acct_globex" } }),
    },
    { name: "over the limit", reason: "limit_exceeded", action: () => refundOf("ch_a3", 20_001) },
    {
      name: "over what remains of the charge",
      reason: "condition_failed",
      action: () => refundOf("ch_a1", 4_201),
    },
    {
      name: "in another currency",
      reason: "condition_failed",
      action: () =>
        newAction({
          ...refundOf("ch_a1"),
          arguments: { charge: "ch_a1", amount: { minor: 100, currency: "EUR" } },
        }),
    },
    { name: "of nothing", reason: "condition_failed", action: () => refundOf("ch_a1", 0) },
    {
      name: "on a system nobody configured",
      reason: "unknown_target",
      action: () => newAction({ ...refundOf("ch_a1"), system: "warehouse" }),
    },
    {
      name: "that the catalogue does not have",
      reason: "unknown_target",
      action: () => newAction({ ...refundOf("ch_a1"), operation: "payouts.create" }),
    },
    {
      name: "named like a member of every object",
      reason: "unknown_target",
      action: () => newAction({ ...refundOf("ch_a1"), operation: "constructor" }),
    },
    {
      name: "with an argument that the operation does not have",
      reason: "request_malformed",
      action: () => newAction({ ...refundOf("ch_a1"), arguments: { charge: "ch_a1", expand: "all" } }),
    },
    {
      name: "that nobody granted",
      reason: "not_granted",
      action: () => newAction({ system: "payments", operation: "refunds.list", resource: {}, arguments: {} }),
    },
  ])("$name is denied: $reason", async ({ reason, action }) => {
    await expectRefused(place.act(run, action()), reason);
  });

  test("that no grant covers is not even looked up downstream", async () => {
    const reader = await place.start({ agent: "reader@1" });
    const before = place.twin.requests.length;
    await expectRefused(place.act(reader, refundOf("ch_a1")), "not_granted");
    expect(place.twin.requests.length).toBe(before);
  });

  test("refused after the run was known is recorded with its decision id, reason and failed fact", async () => {
    const answer = await place.act(run, refundOf("ch_g1"));
    const record = (await place.ledger()).find(
      (entry) => entry.decisionId === (answer.ok ? "" : answer.decision_id),
    );
    expect(record?.body).toMatchObject({
      outcome: "deny",
      reason: "tenant_mismatch",
      failed_fact: "tenant",
      tool: "refund",
      isolation: "same-process",
      decided_by: "broker",
    });
  });
});

describe("with all tenants in one account, told apart by metadata alone", () => {
  test("a charge of another tenant is denied, and no request changes anything", async () => {
    await using shared = await world({
      systems: (url) => ({ payments: stripe({ baseUrl: url, tenancy: { metadata: "tenant" } }) }),
      account: "acct_acme",
    });
    const acme = await shared.start();
    const denied = await shared.act(acme, refundOf("ch_g2"));
    expect(denied.ok ? "allowed" : denied.reason).toBe("tenant_mismatch");
    expect(effects(shared)).toBe(0);
    const own = await shared.act(acme, refundOf("ch_a1"));
    expect(own.ok).toBe(true);
  });
});

describe("an allowed action", () => {
  test("moves money once: amount and currency come from the charge, the second refund is refused", async () => {
    await using fresh = await world();
    const holder = await fresh.start();
    const answer = await fresh.act(holder, refundOf("ch_a1"));
    if (!answer.ok || answer.lease === undefined) throw new Error("not allowed");
    expect(answer.token_type).toBe("DPoP");
    expect(answer.expires_in).toBeLessThanOrEqual(60);
    expect(answer.lease.residual.heldBy).toBe("gateway");
    const response = await sendRefund(fresh, holder, answer.access_token, "charge=ch_a1");
    expect(response.status).toBe(200);
    expect(fresh.twin.refunds("acct_acme")).toMatchObject([
      { amount: 4_200, currency: "usd", charge: "ch_a1" },
    ]);

    const again = await fresh.act(holder, refundOf("ch_a1"));
    expect(again.ok ? "allowed" : again.reason).toMatch(/already_done|condition_failed/);
    const partial = await fresh.start();
    expect((await fresh.act(partial, refundOf("ch_a1"))).ok).toBe(false);
    expect(fresh.twin.refunds("acct_acme")).toHaveLength(1);
  });

  test("asked again after a lost answer gets the same lease under a new handle; the old handle is dead", async () => {
    await using fresh = await world();
    const holder = await fresh.start();
    const action = refundOf("ch_a1");
    const first = await fresh.act(holder, action);
    const second = await fresh.act(holder, action);
    if (!first.ok || !second.ok) throw new Error("not allowed");
    expect(second.lease?.lease_id).toBe(first.lease?.lease_id);
    expect((await sendRefund(fresh, holder, first.access_token, "charge=ch_a1")).status).toBe(401);
    expect((await sendRefund(fresh, holder, second.access_token, "charge=ch_a1")).status).toBe(200);
    expect(effects(fresh)).toBe(1);
  });

  test("is once per charge even when two partial refunds would fit", async () => {
    await using fresh = await world();
    const holder = await fresh.start();
    const first = await fresh.act(holder, refundOf("ch_a2", 100));
    if (!first.ok) throw new Error("not allowed");
    const pending = await fresh.act(holder, refundOf("ch_a2", 100));
    expect(pending.ok ? "allowed" : pending.reason).toBe("effect_pending");
    expect((await sendRefund(fresh, holder, first.access_token, "charge=ch_a2&amount=100")).status).toBe(200);
    const done = await fresh.act(holder, refundOf("ch_a2", 100));
    expect(done.ok ? "allowed" : done.reason).toBe("already_done");
    expect(fresh.twin.refunds("acct_acme")).toHaveLength(1);
  });
});
