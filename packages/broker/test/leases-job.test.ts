import {
  type Action,
  type TokenSuccess,
  endRunUrl,
  generateSigner,
  newAction,
  numericDate,
  revocationUrl,
  sha256,
  signProof,
  thumbprint,
} from "@watchword/core";
import { parsePolicy } from "@watchword/policy";
import { describe, expect, test } from "vitest";
import { MINTING_POLICY, type MintingSystem, mintingSystem } from "./minting-system.ts";
import { type ActOptions, ISSUER, type TestRun, type TestWorld, world } from "./world.ts";

/** A grant whose lease is for a minute, and for three of them at most while its operation goes on. */
const POLICY = MINTING_POLICY.replace("action: 60s", "job: { action: 60s, max: 3m }");

const open = (system: MintingSystem, policy = POLICY): Promise<TestWorld> =>
  world({ policy, systems: () => ({ tickets: system.adapter }) });

const close = (ticket = "t_1"): Action =>
  newAction({ system: "tickets", operation: "tickets.close", resource: {}, arguments: { ticket } });

async function leased(place: TestWorld, run: TestRun, action: Action): Promise<Held> {
  const answer = await place.act(run, action);
  if (!answer.ok || answer.lease === undefined) throw new Error(answer.ok ? "no lease" : answer.reason);
  return { handle: answer.access_token, lease: answer.lease };
}

interface Held {
  readonly handle: string;
  readonly lease: NonNullable<TokenSuccess["lease"]>;
}

/** Asks for one more step, as the middleware does while the tool runs. */
const prolong = (place: TestWorld, run: TestRun, action: Action, { lease }: Held, options: ActOptions = {}) =>
  place.act(run, action, {
    ...options,
    request: ({ requested_token_type: _type, ...request }) => request,
    claims: (claims) => ({ ...(options.claims?.(claims) ?? claims), prolong: lease.lease_id }),
  });

/** Opens a lease as the gateway does, for a proof that it has verified. */
async function opened(place: TestWorld, run: TestRun, { handle }: Held) {
  const proof = {
    thumbprint: await thumbprint(run.key.publicJwk),
    publicJwk: run.key.publicJwk,
    jti: sha256(`${handle} ${place.clock.now()}`),
    expiresAt: numericDate(place.clock) + 60,
  };
  return { lease: await place.broker.leases.open(handle, proof), proof };
}

const REQUEST = { method: "POST", path: "/close", query: [], headers: {}, body: new Uint8Array() };

async function used(place: TestWorld, run: TestRun, held: Held) {
  const { lease, proof } = await opened(place, run, held);
  return { lease, useId: await place.broker.leases.claimUse(lease, REQUEST, proof) };
}

describe("the lease of a job", () => {
  test("is prolonged step by step to its end, with one mint, one handle and a record of each step", async () => {
    const system = mintingSystem();
    await using place = await open(system);
    const run = await place.start();
    const action = close();
    const held = await leased(place, run, action);
    const { lease_expires_at: first } = held.lease.credential;
    const ends = [];
    for (let step = 0; step < 3; step++) {
      place.clock.advance(50);
      const answer = await prolong(place, run, action, held);
      if (!answer.ok) throw new Error(answer.reason);
      expect(answer).toMatchObject({ access_token: held.lease.lease_id, token_type: "N_A" });
      ends.push((answer.lease?.credential.lease_expires_at ?? 0) - first);
    }
    expect(ends.slice(0, 2).every((end, step) => Math.abs(end - 50 * (step + 1)) <= 1)).toBe(true);
    expect(ends[2]).toBe(120);
    expect(held.lease.job_until).toBe(first + 120);
    expect((await opened(place, run, held)).lease.endsAt).toBe(first + 120);
    expect(system.minted).toBe(1);
    const steps = (await place.ledger()).filter(({ body }) => body["outcome"] === "prolonged");
    expect(steps.map(({ decisionId }) => decisionId)).toEqual(Array(3).fill(held.lease.decision_id));

    expect(await prolong(place, run, action, held)).toMatchObject({ ok: false, reason: "lease_expired" });
    place.clock.advance(31);
    await expect(opened(place, run, held)).rejects.toMatchObject({ reason: "lease_expired" });
    await place.broker.sweep();
    expect(system.living.size).toBe(0);
  });

  test("goes on while an answer to its one request is awaited, and not once that is settled", async () => {
    await using place = await open(mintingSystem());
    const run = await place.start();
    const action = close();
    const held = await leased(place, run, action);
    const { lease, useId } = await used(place, run, held);
    place.clock.advance(30);
    expect((await prolong(place, run, action, held)).ok).toBe(true);
    expect(await place.broker.leases.standing?.(lease)).toBeGreaterThan(
      held.lease.credential.lease_expires_at,
    );
    await place.broker.leases.settle(lease, useId, { effect: "done", ids: {}, status: 200 });
    place.clock.advance(10);
    expect(await prolong(place, run, action, held)).toMatchObject({ ok: false, reason: "lease_used" });
  });

  test("lives no longer than its credential", async () => {
    const system = mintingSystem();
    system.behave = { mint: "short" };
    await using place = await open(system);
    const run = await place.start();
    const action = close();
    const held = await leased(place, run, action);
    expect(held.lease.job_until).toBe(held.lease.credential.lease_expires_at);
    expect(await prolong(place, run, action, held)).toMatchObject({ ok: false, reason: "lease_expired" });
  });

  test("is not prolonged by another key, for another action, by another run, or by the same assertion again", async () => {
    await using place = await open(mintingSystem());
    const run = await place.start();
    const action = close();
    const held = await leased(place, run, action);
    place.clock.advance(30);
    const key = await generateSigner();
    expect(await prolong(place, run, action, held, { signer: key })).toMatchObject({
      reason: "token_untrusted",
    });
    for (const other of [close("t_1"), close("t_2"), { ...close("t_2"), txn: action.txn }])
      expect(await prolong(place, run, other, held)).toMatchObject({ ok: false, reason: "lease_unknown" });
    const stranger = await place.start();
    expect(await prolong(place, stranger, action, held)).toMatchObject({
      ok: false,
      reason: "lease_unknown",
    });
    const jti = { claims: (claims: Record<string, unknown>) => ({ ...claims, jti: "the_same_jti_twice" }) };
    expect((await prolong(place, run, action, held, jti)).ok).toBe(true);
    place.clock.advance(10);
    expect(await prolong(place, run, action, held, jti)).toMatchObject({ reason: "token_replayed" });
    expect((await place.ledger()).filter(({ body }) => body["outcome"] === "prolonged")).toHaveLength(1);
  });

  test("that ended does not begin again: by time, by order, by its holder, with its run, with its system", async () => {
    const system = mintingSystem();
    await using place = await open(system);
    const entry = () => ({ kind: "revocation" as const, at: place.clock.now(), tenant: "acme", body: {} });
    const now = (): number => numericDate(place.clock);
    const ways: Readonly<Record<string, (run: TestRun, held: Held) => Promise<unknown>>> = {
      lease_expired: async () => place.clock.advance(61),
      "lease_expired by order": (_run, { lease }) => place.store.expireLease(lease.lease_id, now(), entry()),
      "lease_expired by order, at a clock that is behind": (_run, { lease }) =>
        place.store.expireLease(lease.lease_id, now() + 20, entry()),
      "lease_expired by its holder": async (run, { handle }) => {
        const target = { method: "POST", url: revocationUrl(ISSUER), token: handle };
        await place.broker.tokens.revoke({ token: handle, proof: await signProof(run.key, target, now()) });
      },
      run_ended: async (run) => {
        const target = { method: "POST", url: endRunUrl(ISSUER), token: run.token };
        await place.broker.client.endRun(run.token, await signProof(run.key, target, now()));
      },
      "lease_expired with a system that was frozen and thawed": async () => {
        await place.store.freeze("system:tickets", true, now(), entry());
        await place.store.freeze("system:tickets", false, now(), entry());
      },
    };
    system.behave = { revoke: "fail" };
    for (const [way, end] of Object.entries(ways)) {
      const run = await place.start();
      const action = close();
      const held = await leased(place, run, action);
      // Later than the mint: a step that would move nothing is refused for that alone.
      place.clock.advance(10);
      await end(run, held);
      expect(await prolong(place, run, action, held), way).toMatchObject({ reason: way.split(" ")[0] });
    }
  });

  test("needs its grant, as it was, at every step", async () => {
    for (const [changed, reason] of [
      [POLICY.replace("id: close", "id: close\n    mode: shadow"), "not_granted"],
      [POLICY.replace("max: 3m", "max: 4m"), "lease_unknown"],
    ] as const) {
      await using place = await open(mintingSystem());
      const run = await place.start();
      const action = close();
      const held = await leased(place, run, action);
      const { version } = await place.broker.policies.push(
        parsePolicy([{ name: "p.yaml", text: changed }]),
        "a test",
      );
      await place.broker.policies.activate(version, "a test");
      expect(await prolong(place, run, action, held)).toMatchObject({ ok: false, reason });
    }
  });
});

test("a lease for one action is not prolonged", async () => {
  await using place = await open(mintingSystem(), MINTING_POLICY);
  const run = await place.start();
  const action = close();
  const held = await leased(place, run, action);
  expect(held.lease.job_until).toBeUndefined();
  place.clock.advance(30);
  expect(await prolong(place, run, action, held)).toMatchObject({ ok: false, reason: "lease_expired" });
});
