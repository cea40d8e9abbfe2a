import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type Action,
  type Adapter,
  type TokenAnswer,
  endRunUrl,
  generateSigner,
  newAction,
  signProof,
} from "@watchword/core";
import { describe, expect, test, vi } from "vitest";
import { MINTING_POLICY, type MintingSystem, mintingSystem } from "./minting-system.ts";
import { CANARY, ISSUER, type TestWorld, effects, refundOf, sendRefund, world } from "./world.ts";

const close = (ticket: string): Action =>
  newAction({ system: "tickets", operation: "tickets.close", resource: {}, arguments: { ticket } });
const reasonOf = (answer: TokenAnswer): string => (answer.ok ? "allowed" : answer.reason);

async function mintingWorld(system: MintingSystem): Promise<TestWorld> {
  return world({ policy: MINTING_POLICY, systems: () => ({ tickets: system.adapter }) });
}

describe("a minted credential", () => {
  test("is revoked at the end of its lease, and the ledger says so", async () => {
    const system = mintingSystem();
    await using place = await mintingWorld(system);
    const answer = await place.act(await place.start(), close("t_1"));
    expect(answer.ok).toBe(true);
    expect(system.living.size).toBe(1);
    place.clock.advance(61);
    await place.broker.sweep();
    expect(system.living.size).toBe(0);
    expect((await place.ledger()).find((record) => record.kind === "revocation")?.body["outcome"]).toBe(
      "revoked",
    );
  });

  test("is revoked when its run ends", async () => {
    const system = mintingSystem();
    await using place = await mintingWorld(system);
    const run = await place.start();
    await place.act(run, close("t_1"));
    await place.broker.client.endRun(
      run.token,
      await signProof(
        run.key,
        { method: "POST", url: endRunUrl(ISSUER), token: run.token },
        Math.floor(place.clock.now() / 1_000),
      ),
    );
    expect(system.living.size).toBe(0);
  });

  test("wider than what was planned is revoked and refused, and its intent stays spent", async () => {
    const system = mintingSystem();
    system.behave = { mint: "wider" };
    await using place = await mintingWorld(system);
    const run = await place.start();
    const action = close("t_1");
    expect(reasonOf(await place.act(run, action))).toBe("credential_wider");
    expect(system.minted).toBe(1);
    expect(system.living.size).toBe(0);
    system.behave = {};
    expect(reasonOf(await place.act(run, action))).toBe("outcome_unknown");
    expect(system.minted).toBe(1);
  });

  test.for([
    { name: "a credential that is too wide", behave: { mint: "wider" } },
    { name: "a credential that could not be recorded", behave: {} },
  ] as const)("that took all its time leaves time to revoke: $name", async ({ behave }) => {
    const system = mintingSystem();
    const { adapter } = system;
    system.behave = behave;
    const late: Adapter = {
      ...adapter,
      mint: async (authority, context) => {
        const minted = await adapter.mint(authority, context);
        // Arrived just in time: whatever is done from here on has this signal aborted.
        expired.abort();
        return minted;
      },
      revoke: async (credential, context) => {
        context.signal.throwIfAborted();
        return adapter.revoke(credential, context);
      },
    };
    await using place = await world({
      policy: MINTING_POLICY,
      systems: () => ({ tickets: late }),
      broker: {
        onStep: (step) => {
          if (step === "minted") throw new Error("the tracer failed");
        },
      },
    });
    const run = await place.start();
    const expired = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout");
    timeout.mockImplementation((milliseconds) =>
      milliseconds === 10_000 ? expired.signal : new AbortController().signal,
    );
    try {
      expect((await place.act(run, close("t_1"))).ok).toBe(false);
    } finally {
      timeout.mockRestore();
    }
    expect([system.minted, system.living.size]).toEqual([1, 0]);
  });

  test("that the system definitely refused may be tried again under the same action", async () => {
    const system = mintingSystem();
    system.behave = { mint: "refuse" };
    await using place = await mintingWorld(system);
    const run = await place.start();
    const action = close("t_1");
    expect(reasonOf(await place.act(run, action))).toBe("downstream_refused");
    system.behave = {};
    expect(reasonOf(await place.act(run, action))).toBe("allowed");
    expect(system.minted).toBe(1);
  });

  test("whose mint ended nobody knows how is not tried again", async () => {
    const system = mintingSystem();
    system.behave = { mint: "break" };
    await using place = await mintingWorld(system);
    const run = await place.start();
    const action = close("t_1");
    expect(reasonOf(await place.act(run, action))).toBe("downstream_unavailable");
    system.behave = {};
    expect(reasonOf(await place.act(run, action))).toBe("outcome_unknown");
    expect(system.minted).toBe(0);
    expect(JSON.stringify(await place.ledger())).not.toContain("tok_canary_in_error");
  });

  test("that natively ends before the grant's time ends the lease with it", async () => {
    const system = mintingSystem();
    system.behave = { mint: "short" };
    await using place = await mintingWorld(system);
    const answer = await place.act(await place.start(), close("t_1"));
    expect(answer.ok && answer.expires_in).toBeLessThanOrEqual(5);
  });

  test("whose revocation fails is dead at the gateway, tried again, and never called revoked", async () => {
    const system = mintingSystem();
    await using place = await mintingWorld(system);
    await place.act(await place.start(), close("t_1"));
    system.behave = { revoke: "fail" };
    place.clock.advance(61);
    expect(await place.broker.sweep()).toMatchObject({ ended: 0, waiting: 1 });
    system.behave = {};
    expect(await place.broker.sweep()).toMatchObject({ ended: 1, waiting: 0 });
    expect(system.living.size).toBe(0);
  });

  test("whose revocation never works is closed as unknown", async () => {
    const system = mintingSystem();
    await using place = await mintingWorld(system);
    await place.act(await place.start(), close("t_1"));
    system.behave = { revoke: "fail" };
    place.clock.advance(600);
    await place.broker.sweep();
    expect((await place.ledger()).find((record) => record.kind === "revocation")?.body["outcome"]).toBe(
      "unknown",
    );
  });

  test("whose revocation fails keeps no newer one waiting, however many of it there are", async () => {
    const system = mintingSystem();
    const { adapter } = system;
    const adapterOfBoth: Adapter = {
      ...adapter,
      revoke: async (credential, context) => {
        if (context.connection.tenant === "acme") throw new Error("this tenant's account is closed");
        return adapter.revoke(credential, context);
      },
    };
    await using place = await world({
      policy: MINTING_POLICY,
      systems: () => ({ tickets: adapterOfBoth }),
    });
    const stuck = await place.start();
    await Promise.all(Array.from({ length: 130 }, (_, index) => place.act(stuck, close(`t_${index}`))));
    place.clock.advance(1);
    await place.act(await place.start({ tenant: "globex", user: "gina" }), close("t_1"));
    expect(system.living.size).toBe(131);
    place.clock.advance(62);
    await place.broker.sweep();
    await place.broker.sweep();
    expect(system.living.size).toBe(130);
    expect((await place.ledger()).filter((record) => record.kind === "revocation")).toHaveLength(1);
  });

  test("on another tenant's object is never minted", async () => {
    const system = mintingSystem();
    await using place = await mintingWorld(system);
    expect(reasonOf(await place.act(await place.start(), close("t_foreign1")))).toBe("tenant_mismatch");
    expect(system.minted).toBe(0);
  });
});

describe("a lease", () => {
  test("is worth one request, and nothing after its end", async () => {
    await using place = await world();
    const run = await place.start();
    const first = await place.act(run, refundOf("ch_a1"));
    const late = await place.act(run, refundOf("ch_a2", 100));
    if (!first.ok || !late.ok) throw new Error("refused");
    expect((await sendRefund(place, run, first.access_token, "charge=ch_a1")).status).toBe(200);
    const used = await sendRefund(place, run, first.access_token, "charge=ch_a1");
    expect(used.headers.get("watchword-reason")).toBe("lease_used");
    place.clock.advance(61);
    const expired = await sendRefund(place, run, late.access_token, "charge=ch_a2&amount=100");
    expect(expired.headers.get("watchword-reason")).toBe("lease_expired");
    expect(effects(place)).toBe(1);
  });

  test("opens with the run's key only: a thief's own proof is refused, recorded, and spends no use", async () => {
    await using place = await world();
    const run = await place.start();
    const lease = await place.act(run, refundOf("ch_a1"));
    if (!lease.ok) throw new Error(lease.reason);
    const thief = { key: await generateSigner() };
    const stolen = await sendRefund(place, thief, lease.access_token, "charge=ch_a1");
    expect([stolen.status, stolen.headers.get("watchword-reason")]).toEqual([401, "proof_invalid"]);
    expect(effects(place)).toBe(0);
    const uses = (await place.ledger()).filter((record) => record.kind === "use");
    expect(uses.map(({ body }) => [body["outcome"], body["reason"]])).toEqual([["refused", "proof_invalid"]]);
    expect((await sendRefund(place, run, lease.access_token, "charge=ch_a1")).status).toBe(200);
  });

  test("that ended unused gives budget and effect back; a used one keeps them", async () => {
    await using place = await world();
    const run = await place.start();
    const unused = await place.act(run, refundOf("ch_a2", 100));
    expect(unused.ok).toBe(true);
    expect(reasonOf(await place.act(run, refundOf("ch_a2", 100)))).toBe("effect_pending");
    place.clock.advance(61);
    await place.broker.sweep();
    const again = await place.act(run, refundOf("ch_a2", 100));
    if (!again.ok) throw new Error(again.reason);
    place.twin.fail("drop-after-effect");
    await sendRefund(place, run, again.access_token, "charge=ch_a2&amount=100");
    place.twin.fail(null);
    place.clock.advance(61);
    await place.broker.sweep();
    expect(reasonOf(await place.act(run, refundOf("ch_a2", 100)))).toBe("effect_pending");
    expect(place.twin.refunds("acct_acme")).toHaveLength(1);
  });

  test("keeps its credential sealed: the root secret is in no file of the broker", async () => {
    await using place = await world();
    const run = await place.start();
    const lease = await place.act(run, refundOf("ch_a1"));
    if (!lease.ok) throw new Error("refused");
    await place.act(run, refundOf("ch_g1"));
    await sendRefund(place, run, lease.access_token, "charge=ch_a1");
    await place.broker.checkpoint();
    for (const entry of await readdir(place.directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      for (const secret of [CANARY, lease.access_token, run.token])
        expect(bytes.includes(secret), `${entry.name} holds a secret`).toBe(false);
    }
    const said = JSON.stringify([await place.ledger(), place.broker.client]);
    for (const secret of [CANARY, lease.access_token, run.token]) expect(said.includes(secret)).toBe(false);
  });
});

describe("the budget of a tenant", () => {
  test("is not exceeded by parallel refunds, and the rest is refused", async () => {
    await using place = await world({
      policy: (await import("./world.ts")).POLICY.replace("1000.00 USD", "3.00 USD"),
    });
    const run = await place.start();
    const answers = await Promise.all(
      ["ch_a1", "ch_a2", "ch_a3"].map((charge) => place.act(run, refundOf(charge, 150))),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(2);
    expect(answers.filter((answer) => !answer.ok).map(reasonOf)).toEqual(["budget_exceeded"]);
  });
});
