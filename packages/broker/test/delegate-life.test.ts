import { TOKEN_TYPE_URIS, endRunUrl, generateSigner, newAction, signProof } from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DELEGATION_POLICY, childOf } from "./delegation.ts";
import { ISSUER, type TestRun, type TestWorld, refundOf, world } from "./world.ts";

let place: TestWorld;
beforeAll(async () => {
  place = await world({ policy: DELEGATION_POLICY });
});
afterAll(() => place[Symbol.asyncDispose]());

const seconds = (): number => Math.floor(place.clock.now() / 1_000);
const read = (charge = "ch_a1") =>
  newAction({ system: "payments", operation: "charges.retrieve", resource: {}, arguments: { charge } });

async function end(run: TestRun): Promise<void> {
  const proof = await signProof(
    run.key,
    { method: "POST", url: endRunUrl(ISSUER), token: run.token },
    seconds(),
  );
  await place.broker.client.endRun(run.token, proof);
}

describe("a renewal", () => {
  const renew = async (
    run: TestRun,
    change: { key?: typeof run.key; workload?: string; typ?: string } = {},
  ) =>
    place.broker.client.token({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: run.token,
      subject_token_type: TOKEN_TYPE_URIS.run,
      actor_token: change.workload ?? (await place.workloadToken()),
      actor_token_type: TOKEN_TYPE_URIS.workload,
      dpop: await signProof(change.key ?? run.key, { method: "POST", url: `${ISSUER}/token` }, seconds()),
    });

  test("gives the same run a longer life, and its old token ends at its own time", async () => {
    const run = await place.start();
    const started = (await place.store.run(run.id))?.startedAt ?? 0;
    place.clock.advance(400);
    const renewed = await renew(run);
    if (!renewed.ok) throw new Error(renewed.reason);
    expect(renewed.run).toMatchObject({ run_id: run.id, root: run.id });
    expect((await place.store.run(run.id))?.expiresAt).toBeGreaterThanOrEqual(started + 1_000);
    expect(renewed.expires_in).toBeLessThanOrEqual(600);
    place.clock.advance(300);
    const old = await place.act(run, read());
    expect(old.ok ? "allowed" : old.reason).toBe("token_expired");
    expect((await place.act({ ...run, token: renewed.access_token }, read())).ok).toBe(true);
    expect(
      (await place.ledger()).some((one) => one.kind === "run_renewed" && one.body["run"] === run.id),
    ).toBe(true);
  });

  test("is refused to another key, an ended run, an expired token and a subagent", async () => {
    const reasonOf = async (answer: ReturnType<typeof renew>): Promise<string> => {
      const given = await answer;
      return given.ok ? "renewed" : given.reason;
    };
    const run = await place.start();
    expect(await reasonOf(renew(run, { key: await generateSigner() }))).toBe("proof_invalid");
    expect(await reasonOf(renew(run, { workload: "not.a.token" }))).toBe("token_malformed");
    expect(await reasonOf(renew(await childOf(place, run)))).toBe("capability_exceeded");
    const ended = await place.start();
    await end(ended);
    expect(await reasonOf(renew(ended))).toBe("run_ended");
    place.clock.advance(601);
    expect(await reasonOf(renew(run))).toBe("token_expired");
  });

  test("does not go on beyond the longest session", async () => {
    let run = await place.start();
    let ends = Infinity;
    for (let hour = 0; hour < 60; hour++) {
      place.clock.advance(590);
      const renewed = await renew(run);
      if (!renewed.ok) {
        expect(renewed.reason).toMatch(/^(?:run_ended|token_expired)$/);
        ends = hour * 590;
        break;
      }
      run = { ...run, token: renewed.access_token };
    }
    expect(ends).toBeLessThanOrEqual(28_800);
    expect(ends).toBeGreaterThan(28_000);
  });
});

describe("an operator", () => {
  test("kills a run with everything below it", async () => {
    const root = await place.start();
    const child = await childOf(place, root);
    expect(await place.broker.runs.kill(root.id)).toBe(true);
    expect(await place.broker.runs.kill(root.id)).toBe(false);
    for (const run of [root, child]) {
      const answer = await place.act(run, read());
      expect(answer.ok ? "allowed" : answer.reason).toBe("run_ended");
    }
  });

  test("freezes an agent: its runs and their subagents end, and no new one starts until it is thawed", async () => {
    const root = await place.start();
    const child = await childOf(place, root);
    await place.broker.runs.freeze("agent:support");
    const reasons = [];
    for (const answer of [
      await place.act(root, read()),
      await place.act(child, read()),
      await place.tryStart(),
    ])
      reasons.push(answer.ok ? "allowed" : answer.reason);
    expect(reasons).toEqual(["run_ended", "run_ended", "frozen"]);
    await place.broker.runs.thaw("agent:support");
    expect((await place.tryStart()).ok).toBe(true);
    const still = await place.act(root, read());
    expect(still.ok ? "allowed" : still.reason).toBe("run_ended");
  });

  test("freezes a system: nothing is looked up, minted or sent there, also with a handle in hand", async () => {
    const run = await place.start();
    const lease = await place.act(run, refundOf("ch_a1", 100));
    if (!lease.ok) throw new Error(lease.reason);
    await place.broker.runs.freeze("system:payments");
    const seen = place.twin.requests.length;
    const answer = await place.act(run, read());
    expect(answer.ok ? "allowed" : answer.reason).toBe("frozen");
    const url = `${place.gatewayUrl}/payments/v1/refunds`;
    const proof = await signProof(run.key, { method: "POST", url, token: lease.access_token }, seconds());
    const response = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `DPoP ${lease.access_token}`,
        dpop: proof,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: "charge=ch_a1&amount=100",
    });
    expect(response.ok).toBe(false);
    expect(place.twin.requests.length).toBe(seen);
    await place.broker.runs.thaw("system:payments");
    expect((await place.act(run, read())).ok).toBe(true);
  });

  test.for(["support", "run:run_1", "tenant:", "agent:Support", "tenant:a/b"])(
    "freezes no %j",
    async (subject) => {
      await expect(place.broker.runs.freeze(subject as never)).rejects.toMatchObject({
        reason: "configuration_invalid",
      });
    },
  );
});
