import { endRunUrl, newAction, numericDate, signProof, thumbprint } from "@watchword/core";
import { expect, test } from "vitest";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { ISSUER, type TestRun, type TestWorld, world } from "./world.ts";

const POLICY = MINTING_POLICY.replace("action: 60s", "action: 60s, grace: 10s");

/** A lease with a grace of ten seconds, opened as a gateway does. */
async function opened(place: TestWorld, run: TestRun) {
  const action = newAction({
    system: "tickets",
    operation: "tickets.close",
    resource: {},
    arguments: { ticket: "t_1" },
  });
  const answer = await place.act(run, action);
  if (!answer.ok) throw new Error(answer.reason);
  const { publicJwk } = run.key;
  const proof = {
    thumbprint: await thumbprint(publicJwk),
    publicJwk,
    jti: "jti_of_this_test_alone",
    expiresAt: numericDate(place.clock) + 60,
  };
  const lease = await place.broker.leases.open(answer.access_token, proof);
  return {
    lease,
    proof,
    handle: answer.access_token,
    standing: async () => place.broker.leases.standing?.(lease),
  };
}

test("the grace of a grant keeps a credential for an answer under way, opens nothing, and ends with its run or by order", async () => {
  const system = mintingSystem();
  await using place = await world({ policy: POLICY, systems: () => ({ tickets: system.adapter }) });
  const run = await place.start();
  const first = await opened(place, run);
  expect(first.lease.graceSeconds).toBe(10);
  expect(await first.standing()).toBe(first.lease.endsAt);

  place.clock.advance(61);
  await place.broker.sweep();
  expect(system.living.size).toBe(1);
  expect(await first.standing()).toBe(first.lease.endsAt);
  const late = place.broker.leases.open(first.handle, first.proof);
  await expect(late).rejects.toMatchObject({ reason: "lease_expired" });
  place.clock.advance(10);
  await place.broker.sweep();
  expect(await first.standing()).toBe(0);

  const second = await opened(place, run);
  const entry = { kind: "revocation" as const, at: place.clock.now(), tenant: "acme", body: {} };
  await place.store.expireLease(second.lease.leaseId, numericDate(place.clock), entry);
  expect(await second.standing()).toBe(0);
  await place.broker.sweep();

  const third = await opened(place, run);
  place.clock.advance(61);
  await place.broker.sweep();
  expect(await third.standing()).toBe(third.lease.endsAt);
  const before = system.living.size;
  const target = { method: "POST", url: endRunUrl(ISSUER), token: run.token };
  await place.broker.client.endRun(run.token, await signProof(run.key, target, numericDate(place.clock)));
  expect(await third.standing()).toBe(0);
  expect(system.living.size).toBeLessThan(before);
});
