import {
  type Reason,
  type TokenRequest,
  endRunUrl,
  generateSigner,
  signProof,
  tokenUrl,
} from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ISSUER, POLICY, type TestWorld, effects, refundOf, sendRefund, world } from "./world.ts";

let place: TestWorld;
beforeAll(async () => {
  place = await world();
});
afterAll(() => place[Symbol.asyncDispose]());

const now = (): number => Math.floor(place.clock.now() / 1_000);
const details = (more: object): string =>
  JSON.stringify([{ type: "urn:watchword:authorization-details:run", agent: "support@3", ...more }]);

async function startedRuns(): Promise<number> {
  return (await place.ledger()).filter((record) => record.kind === "run_started").length;
}

describe("a start", () => {
  test("gives a run of the tenant that the user's verified claim names", async () => {
    const answer = await place.tryStart({ tenant: "globex", user: "gina" });
    expect(answer.ok && answer.run?.tenant).toBe("globex");
  });

  test.for<{
    name: string;
    reason: Reason;
    change: (request: TokenRequest) => TokenRequest | Promise<TokenRequest>;
  }>([
    {
      name: "without authorization_details",
      reason: "request_malformed",
      change: ({ authorization_details: _, ...request }) => request,
    },
    {
      name: "with a detail that nobody knows",
      reason: "request_malformed",
      change: (request) => ({ ...request, authorization_details: details({ admin: true }) }),
    },
    {
      name: "with the same member twice",
      reason: "request_malformed",
      change: (request) => ({
        ...request,
        authorization_details: details({}).replace('"agent"', '"agent":"reader@1","agent"'),
      }),
    },
    {
      name: "for an agent that this workload may not run",
      reason: "agent_not_allowed",
      change: (request) => ({ ...request, authorization_details: details({ agent: "admin@1" }) }),
    },
    {
      name: "for an agent named like a member of every object",
      reason: "agent_not_allowed",
      change: (request) => ({ ...request, authorization_details: details({ agent: "constructor@1" }) }),
    },
    {
      name: "that asks for another tenant than the verified one",
      reason: "tenant_mismatch",
      change: (request) => ({ ...request, authorization_details: details({ tenant: "globex" }) }),
    },
    {
      name: "for a tenant nobody registered",
      reason: "tenant_unknown",
      change: async (request) => ({
        ...request,
        subject_token: await place.userToken("eve", { org_id: "initech" }),
      }),
    },
    {
      name: "by a user without the tenant claim",
      reason: "tenant_unknown",
      change: async (request) => ({ ...request, subject_token: await place.userToken("eve", {}) }),
    },
    {
      name: "by a user whose tenant claim is a look-alike",
      reason: "tenant_unknown",
      change: async (request) => ({
        ...request,
        subject_token: await place.userToken("eve", { org_id: "\u0430cme" }),
      }),
    },
    {
      name: "by a user whose tenant claim has a capital",
      reason: "tenant_unknown",
      change: async (request) => ({
        ...request,
        subject_token: await place.userToken("eve", { org_id: "Acme" }),
      }),
    },
    {
      name: "by a user with two tenants in the claim",
      reason: "tenant_unknown",
      change: async (request) => ({
        ...request,
        subject_token: await place.userToken("eve", { org_id: ["acme", "globex"] }),
      }),
    },
    {
      name: "without a user where the tenant comes from the user",
      reason: "user_required",
      change: (request) => ({
        ...request,
        subject_token: request.actor_token ?? "",
        subject_token_type: request.actor_token_type ?? "",
      }),
    },
    {
      name: "with the user's token in place of the workload's",
      reason: "token_untrusted",
      change: (request) => ({ ...request, actor_token: request.subject_token }),
    },
    {
      name: "with the workload's token in place of the user's",
      reason: "token_untrusted",
      change: async (request) => ({ ...request, subject_token: await place.workloadToken() }),
    },
    {
      name: "with a token that is not one",
      reason: "token_malformed",
      change: (request) => ({ ...request, actor_token: "a.b" }),
    },
    { name: "without a proof", reason: "proof_invalid", change: ({ dpop: _, ...request }) => request },
    {
      name: "with a proof for another address",
      reason: "proof_invalid",
      change: async (request) => ({
        ...request,
        dpop: await signProof(
          await generateSigner(),
          { method: "POST", url: "https://other.example/token" },
          now(),
        ),
      }),
    },
    {
      name: "with an old proof",
      reason: "proof_invalid",
      change: async (request) => ({
        ...request,
        dpop: await signProof(await generateSigner(), { method: "POST", url: tokenUrl(ISSUER) }, now() - 300),
      }),
    },
    {
      name: "with another grant type",
      reason: "request_malformed",
      change: (request) => ({ ...request, grant_type: "client_credentials" }),
    },
    {
      name: "with an actor token type and no actor token",
      reason: "request_malformed",
      change: ({ actor_token: _, ...request }) => request,
    },
    {
      name: "that asks for a refresh token",
      reason: "request_malformed",
      change: (request) => ({
        ...request,
        requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token",
      }),
    },
    {
      name: "that asks for a wider ceiling than the policy gives",
      reason: "capability_exceeded",
      change: (request) => ({
        ...request,
        authorization_details: details({
          ceiling: [{ system: "payments", operation: "refunds.create", resource: {}, limits: {} }],
        }),
      }),
    },
  ])("$name is refused: $reason, and no run is there", async ({ reason, change }) => {
    const before = await startedRuns();
    const request: { value?: TokenRequest } = {};
    await place.tryStart({
      change: (honest) => (request.value = honest) && { ...honest, grant_type: "not-sent" },
    });
    if (request.value === undefined) throw new Error("no request");
    const answer = await place.broker.client.token(await change(request.value));
    expect(answer.ok ? "started" : answer.reason).toBe(reason);
    expect(await startedRuns()).toBe(before);
  });

  test("with a proof that was used before is refused", async () => {
    let kept: TokenRequest | undefined;
    expect((await place.tryStart({ change: (request) => (kept = request) })).ok).toBe(true);
    const before = await startedRuns();
    const again = kept === undefined ? undefined : await place.broker.client.token(kept);
    expect(again?.ok === false && again.reason).toBe("token_replayed");
    expect(await startedRuns()).toBe(before);
  });

  test("can ask for less than the policy gives, and the run then has less", async () => {
    const read = [
      { system: "payments", operation: "charges.retrieve", resource: { account: ["acct_acme"] }, limits: {} },
    ];
    const answer = await place.tryStart({
      change: (request) => ({ ...request, authorization_details: details({ ceiling: read }) }),
    });
    if (!answer.ok || answer.run === undefined) throw new Error("refused");
    const denied = await place.act(
      { id: answer.run.run_id, agent: "support@3", key: answer.key, token: answer.access_token },
      refundOf("ch_a1"),
    );
    expect(denied.ok ? "allowed" : denied.reason).toBe("capability_exceeded");
  });

  test("of an agent with many grants gives a token that its acts are accepted with, or none at all", async () => {
    const withGrants = (count: number): string =>
      POLICY.replace("delegation:", (following) => `${moreGrants(count)}${following}`);
    const moreGrants = (count: number): string =>
      Array.from(
        { length: count },
        (_, index) => `  - id: more-${index}
    agent: support
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { in: [ch_${index}] } }
    lease: { action: 30s }
`,
      ).join("");
    await using many = await world({ policy: withGrants(150) });
    expect(await many.act(await many.start(), refundOf("ch_a1"))).toMatchObject({ ok: true });
    await using tooMany = await world({ policy: withGrants(1_100) });
    expect(await tooMany.tryStart()).toMatchObject({ ok: false, reason: "request_malformed" });
    expect(await tooMany.tryStart({ agent: "reader@1" })).toMatchObject({ ok: true });
  });

  test("refused after the workload is known is recorded one by one, with its decision's id", async () => {
    const before = (await place.ledger()).length;
    const answer = await place.tryStart({ agent: "treasurer@1" });
    expect(answer).toMatchObject({ ok: false, reason: "agent_not_allowed" });
    const added = (await place.ledger()).slice(before);
    expect(added).toHaveLength(1);
    expect(added[0]).toMatchObject({
      kind: "decision",
      decisionId: answer.ok ? "none" : answer.decision_id,
      body: { outcome: "deny", reason: "agent_not_allowed", failed_fact: "agent", agent: "treasurer@1" },
    });
  });

  test("refused before anything vouches for the caller is counted, not recorded one by one", async () => {
    const before = (await place.ledger()).length;
    for (let index = 0; index < 50; index++)
      await place.tryStart({ change: (request) => ({ ...request, actor_token: "x.y.z" }) });
    await place.broker.sweep();
    const added = (await place.ledger()).slice(before).filter((record) => record.body["count"] !== undefined);
    expect(added.length).toBeLessThanOrEqual(12);
    expect(
      added.find((record) => record.body["reason"] === "token_malformed")?.body["count"],
    ).toBeGreaterThanOrEqual(50);
  });
});

describe("a run", () => {
  test("that has ended mints nothing, and its open lease is dead", async () => {
    const run = await place.start();
    const lease = await place.act(run, refundOf("ch_a1"));
    if (!lease.ok) throw new Error("refused");
    await place.broker.client.endRun(
      run.token,
      await signProof(run.key, { method: "POST", url: endRunUrl(ISSUER), token: run.token }, now()),
    );
    const before = effects(place);
    expect((await sendRefund(place, run, lease.access_token, "charge=ch_a1")).status).toBeGreaterThanOrEqual(
      400,
    );
    const denied = await place.act(run, refundOf("ch_a2", 100));
    expect(denied.ok ? "allowed" : denied.reason).toBe("run_ended");
    const refusals = (await place.ledger()).filter(({ body }) => body["reason"] === "run_ended");
    expect(refusals.map(({ body }) => body["run"])).toContain(run.id);
    expect(effects(place)).toBe(before);
    expect(
      (await place.ledger()).some(
        (record) => record.kind === "revocation" && record.body["lease"] === lease.lease?.lease_id,
      ),
    ).toBe(true);
  });

  test("cannot be ended by somebody who holds its token and not its key", async () => {
    const run = await place.start();
    const thief = await generateSigner();
    await expect(
      place.broker.client.endRun(
        run.token,
        await signProof(thief, { method: "POST", url: endRunUrl(ISSUER), token: run.token }, now()),
      ),
    ).rejects.toMatchObject({ reason: "proof_invalid" });
    expect((await place.ledger()).at(-1)?.body).toMatchObject({ run: run.id, reason: "proof_invalid" });
    await expect(place.broker.client.endRun(`${run.token}x`, "x.y.z")).rejects.toThrow();
    expect((await place.ledger()).at(-1)?.body).toMatchObject({ run: run.id, reason: "proof_invalid" });
    expect((await place.store.run(run.id))?.endedAt).toBeNull();
  });

  test("whose token has expired mints nothing", async () => {
    await using later = await world();
    const run = await later.start();
    later.clock.advance(601);
    const denied = await later.act(run, refundOf("ch_a1"));
    expect(denied.ok ? "allowed" : denied.reason).toBe("token_expired");
  });
});
