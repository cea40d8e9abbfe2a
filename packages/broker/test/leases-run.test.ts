import {
  type Action,
  endRunUrl,
  newAction,
  numericDate,
  sha256,
  signProof,
  thumbprint,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { MINTING_POLICY, type MintingSystem, mintingSystem } from "./minting-system.ts";
import { ISSUER, type TestRun, type TestWorld, world } from "./world.ts";

/** A grant by which the reads of a run share a credential for ten minutes, and another one beside it. */
const POLICY = MINTING_POLICY.replace(
  "agents: { support: {} }",
  "agents: { support: {}, reader: {} }",
).replace("agents: [support]", "agents: [support, reader]").concat(`
  - id: read
    agent: [support, reader]
    operation: tickets/tickets.read
    resource: { account: "\${tenant.tickets.account}" }
    where: { args.ticket: { ownedBy: tenant } }
    lease: { run: 5m }
`);

const open = (system: MintingSystem, policy = POLICY): Promise<TestWorld> =>
  world({ policy, systems: () => ({ tickets: system.adapter }) });

const read = (ticket: string): Action =>
  newAction({ system: "tickets", operation: "tickets.read", resource: {}, arguments: { ticket } });

async function leased(place: TestWorld, run: TestRun, ticket: string) {
  const answer = await place.act(run, read(ticket));
  if (!answer.ok || answer.lease === undefined) throw new Error(answer.ok ? "no lease" : answer.reason);
  return { handle: answer.access_token, lease: answer.lease };
}

/** Opens a lease as the gateway does, for a proof that it has verified. */
async function opened(place: TestWorld, run: TestRun, handle: string) {
  return place.broker.leases.open(handle, {
    thumbprint: await thumbprint(run.key.publicJwk),
    publicJwk: run.key.publicJwk,
    jti: sha256(handle),
    expiresAt: numericDate(place.clock) + 60,
  });
}

describe("the reads of one run by one grant", () => {
  test("share one credential, each under a decision and a lease of its own", async () => {
    const system = mintingSystem();
    await using place = await open(system);
    const run = await place.start();
    const leases = [await leased(place, run, "t_1"), await leased(place, run, "t_2")];
    expect(system.minted).toBe(1);
    expect(new Set(leases.map(({ lease }) => lease.decision_id)).size).toBe(2);
    const [first, second] = await Promise.all(leases.map(({ handle }) => opened(place, run, handle)));
    expect(first?.credential.fingerprint).toBe(second?.credential.fingerprint);
    expect([first, second].map((lease) => lease?.authority.arguments)).toEqual([
      { ticket: "t_1" },
      { ticket: "t_2" },
    ]);
    const outcomes = (await place.ledger()).filter(({ kind }) => kind === "outcome");
    expect(outcomes.map(({ body }) => [body["outcome"], body["shares"]])).toEqual([
      ["minted", undefined],
      ["shared", leases[0]?.lease.lease_id],
    ]);
    expect(await place.act(run, read("t_foreign"))).toMatchObject({ ok: false, reason: "tenant_mismatch" });
  });

  test("end together with what they share, and it is revoked once", async () => {
    const system = mintingSystem();
    await using place = await open(system);
    const run = await place.start();
    const first = await leased(place, run, "t_1");
    place.clock.advance(200);
    const { handle, lease } = await leased(place, run, "t_2");
    expect(lease.credential.lease_expires_at).toBe(first.lease.credential.lease_expires_at);
    place.clock.advance(101);
    await expect(opened(place, run, handle)).rejects.toMatchObject({ reason: "lease_expired" });
    await leased(place, run, "t_3");
    expect([system.minted, system.living.size]).toEqual([2, 2]);
    await place.broker.sweep();
    expect(system.living.size).toBe(1);
    const ends = (await place.ledger()).filter(({ kind }) => kind === "revocation");
    expect(ends.length).toBe(2);
    expect(new Set(ends.map(({ body }) => body["outcome"]))).toEqual(new Set(["injected_only", "revoked"]));
  });

  test("are over once what they share was revoked, and the next read mints anew", async () => {
    const system = mintingSystem();
    await using place = await open(system);
    const run = await place.start();
    const { lease } = await leased(place, run, "t_1");
    const { handle } = await leased(place, run, "t_2");
    const now = numericDate(place.clock);
    const entry = { kind: "revocation" as const, at: place.clock.now(), tenant: "acme", body: {} };
    await place.store.expireLease(lease.lease_id, now, entry);
    await place.broker.sweep();
    await expect(opened(place, run, handle)).rejects.toMatchObject({ reason: "lease_expired" });
    const next = await leased(place, run, "t_3");
    expect([system.minted, system.living.size]).toEqual([2, 1]);
    expect((await opened(place, run, next.handle)).authority.arguments).toEqual({ ticket: "t_3" });
  });

  test("mint once when they come at the same time, and again when that mint failed", async () => {
    const system = mintingSystem();
    await using place = await open(system);
    const run = await place.start();
    system.behave = { mint: "refuse" };
    expect((await place.act(run, read("t_1"))).ok).toBe(false);
    system.behave = {};
    const leases = await Promise.all(["t_1", "t_2", "t_3"].map((ticket) => leased(place, run, ticket)));
    expect(system.minted).toBe(1);
    const target = { method: "POST", url: endRunUrl(ISSUER), token: run.token };
    await place.broker.client.endRun(run.token, await signProof(run.key, target, numericDate(place.clock)));
    expect(system.living.size).toBe(0);
    for (const { handle } of leases)
      await expect(opened(place, run, handle)).rejects.toMatchObject({ reason: "run_ended" });
  });
});

test("another run, tenant or agent never gets the credential of a run's reads", async () => {
  const system = mintingSystem();
  await using place = await open(system);
  const starts = [{}, {}, { tenant: "globex" }, { agent: "reader@1" }];
  for (const start of starts) await leased(place, await place.start(start), "t_1");
  expect(system.minted).toBe(starts.length);
});

test.for<[string, string, Partial<MintingSystem["adapter"]>]>([
  ["what is for an audience names its action", POLICY, { audience: "https://tickets.example" }],
  ["a lease is for one action unless the grant says otherwise", POLICY.replace("run: 5m", "action: 5m"), {}],
])("%s, so that nothing is shared", async ([, policy, changed]) => {
  const system = mintingSystem();
  const adapter = { ...system.adapter, ...changed };
  await using place = await world({ policy, systems: () => ({ tickets: adapter }) });
  const run = await place.start();
  for (const ticket of ["t_1", "t_2"]) await leased(place, run, ticket);
  expect(system.minted).toBe(2);
});
