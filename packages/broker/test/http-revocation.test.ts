import { createHash } from "node:crypto";
import { Refusal, type Store, TOKEN_TYPES, generateSigner, randomToken, signToken } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sqlite } from "../src/sqlite/index.ts";
import { DELEGATION_POLICY, childOf } from "./delegation.ts";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { type Asking, ask, askAs, handleOf, proofFor } from "./token-desk.ts";
import { type TestRun, type TestWorld, effects, refundOf, sendRefund, testTwin, world } from "./world.ts";

const PATH = "/revoke";

let place: TestWorld;
let run: TestRun;
beforeEach(async () => {
  place = await world();
  run = await place.start();
});
afterEach(() => place[Symbol.asyncDispose]());

const reasonOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { reason: unknown }).reason;
const ended = async (there: TestWorld): Promise<readonly unknown[]> =>
  (await there.ledger()).filter(({ kind }) => kind === "run_ended").map(({ body }) => body["outcome"]);

describe("a revoked run token", () => {
  test("ends its run with its descendants: no mint, no renewal, no handle of theirs is good any more", async () => {
    await using family = await world({ policy: DELEGATION_POLICY });
    const parent = await family.start();
    const child = await childOf(family, parent);
    const handle = await handleOf(family, parent);
    const answer = await askAs(family, PATH, parent.key, parent.token);
    expect([answer.status, answer.body, answer.headers.get("cache-control")]).toEqual([200, {}, "no-store"]);

    expect(await family.act(parent, refundOf("ch_a2"))).toMatchObject({ ok: false, reason: "run_ended" });
    for (const { id } of [parent, child]) expect((await family.store.run(id))?.endedAt).not.toBeNull();
    expect(await reasonOf(await sendRefund(family, parent, handle, "charge=ch_a1"))).toMatch(
      /^(?:run_ended|lease_expired)$/,
    );
    expect(effects(family)).toBe(0);
    expect(await ended(family)).toEqual(["revoked_by_holder"]);
  });

  test("is revoked once, however often it is asked for, in the same process too", async () => {
    for (let count = 0; count < 2; count++)
      expect((await askAs(place, PATH, run.key, run.token)).status).toBe(200);
    const proof = await proofFor(place, PATH, run.key, run.token);
    await place.broker.tokens.revoke({ token: run.token, proof });
    expect(await ended(place)).toEqual(["revoked_by_holder"]);
  });

  test("ends its run also when it has expired and the run was renewed", async () => {
    place.clock.advance(601);
    expect((await askAs(place, PATH, run.key, run.token)).status).toBe(200);
    expect((await place.store.run(run.id))?.endedAt).not.toBeNull();
  });
});

describe("a revoked handle", () => {
  test("opens nothing, and its run goes on", async () => {
    const handle = await handleOf(place, run);
    expect((await askAs(place, PATH, run.key, handle)).status).toBe(200);
    expect(await reasonOf(await sendRefund(place, run, handle, "charge=ch_a1"))).toBe("lease_unknown");
    expect(effects(place)).toBe(0);
    expect((await place.act(run, refundOf("ch_a1"))).ok).toBe(true);
    const said = (await place.ledger()).filter(({ kind }) => kind === "revocation");
    expect(said.map(({ body }) => body["outcome"])).toContain("handle_revoked_by_holder");
    expect(JSON.stringify(said)).not.toContain(handle);
  });

  test("is revoked once, however often it is asked for", async () => {
    const handle = await handleOf(place, run);
    for (let count = 0; count < 3; count++)
      expect((await askAs(place, PATH, run.key, handle)).status).toBe(200);
    const said = (await place.ledger()).filter(({ body }) => body["outcome"] === "handle_revoked_by_holder");
    expect(said).toHaveLength(1);
  });

  test("is dead although the system does not revoke its credential now, which is told and tried again", async () => {
    const system = mintingSystem();
    const twin = await testTwin();
    await using there = await world({
      policy: MINTING_POLICY,
      systems: () => ({
        tickets: { ...system.adapter, capabilities: { ...system.adapter.capabilities, custody: "gateway" } },
      }),
      twinUrl: twin.url,
    });
    const holder = await there.start();
    const answer = await there.act(holder, {
      ...refundOf("ch_a1"),
      system: "tickets",
      operation: "tickets.close",
      arguments: { ticket: "t_1" },
    });
    if (!answer.ok) throw new Error(answer.reason);
    system.behave.revoke = "fail";
    expect((await askAs(there, PATH, holder.key, answer.access_token)).status).toBe(200);
    expect((await askAs(there, "/introspect", holder.key, answer.access_token)).body).toEqual({
      active: false,
    });
    expect(system.living.size).toBe(1);
    system.behave = {};
    there.clock.advance(61);
    await there.broker.sweep();
    expect(system.living.size).toBe(0);
    await twin.close();
  });
});

describe("nothing happens, and that is the answer,", () => {
  test("for tokens that are not known, or were for another broker", async () => {
    await using other = await world();
    const foreign = await other.start();
    const forged = await signToken(run.key, TOKEN_TYPES.run, { iss: "x" });
    for (const token of [randomToken(32), foreign.token, forged]) {
      const answer = await askAs(place, PATH, run.key, token);
      expect([answer.status, answer.body]).toEqual([200, {}]);
    }
    expect((await place.store.run(run.id))?.endedAt).toBeNull();
  });
});

describe("revocation is refused, nothing ends, and that is counted or recorded,", () => {
  test("for a run token or a handle of somebody else: recorded under the token's tenant", async () => {
    const handle = await handleOf(place, run);
    const stranger = await generateSigner();
    for (const token of [run.token, handle]) {
      const answer = await askAs(place, PATH, stranger, token);
      expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_dpop_proof"]);
    }
    const refused = (await place.ledger()).filter(({ body }) => body["outcome"] === "refused");
    expect(refused).toMatchObject([
      { kind: "run_ended", tenant: "acme", body: { reason: "proof_invalid", run: run.id } },
      { kind: "revocation", tenant: "acme", body: { reason: "proof_invalid", system: "payments" } },
    ]);
    expect((await sendRefund(place, run, handle, "charge=ch_a1")).status).toBe(200);
  });

  test("for a stranger with an expired token it is counted only", async () => {
    place.clock.advance(601);
    const answer = await askAs(place, PATH, await generateSigner(), run.token);
    expect(answer.body["reason"]).toBe("proof_invalid");
    expect((await place.ledger()).filter(({ body }) => body["outcome"] === "refused")).toEqual([]);
    await place.broker.sweep();
    expect((await place.ledger()).at(-1)).toMatchObject({ tenant: null, body: { count: 1 } });
  });

  const ghs = `ghs_${createHash("sha256").update("x").digest("base64url")}`;
  test.for([
    { name: "a credential of a system", token: async () => ghs },
    { name: "text", token: async () => "not-a-token" },
    { name: "a token of another kind", token: async () => signToken(run.key, TOKEN_TYPES.assertion, {}) },
    { name: "an ID token", token: async () => place.userToken("dana", { org_id: "acme" }) },
    { name: "a workload's token", token: async () => place.workloadToken() },
  ])("for $name, which is not a kind that is revoked here", async ({ token }) => {
    const text = await token();
    const answer = await askAs(place, PATH, run.key, text);
    expect([answer.status, answer.body["error"]]).toEqual([400, "unsupported_token_type"]);
    await place.broker.sweep();
    expect((await place.ledger()).at(-1)).toMatchObject({ body: { reason: "token_kind_unsupported" } });
  });

  test.for<{ name: string; asking: () => Promise<Partial<Asking>> }>([
    { name: "nothing shown", asking: async () => ({ authorization: "", proof: "" }) },
    { name: "no proof", asking: async () => ({ proof: "" }) },
    { name: "a proof alone", asking: async () => ({ authorization: "" }) },
    { name: "another token presented", asking: async () => ({ authorization: "DPoP a.b.c" }) },
    {
      name: "a proof for introspection",
      asking: async () => ({ proof: await proofFor(place, "/introspect", run.key, run.token) }),
    },
    {
      name: "a workload's token instead of the holder's proof",
      asking: async () => ({ authorization: `Bearer ${await place.workloadToken()}`, proof: "" }),
    },
  ])("for a caller with $name", async ({ asking }) => {
    const proof = await proofFor(place, PATH, run.key, run.token);
    const answer = await ask(place, { path: PATH, token: run.token, proof, ...(await asking()) });
    expect([answer.status, answer.body["error"]]).toEqual([401, "invalid_client"]);
    expect((await place.store.run(run.id))?.endedAt).toBeNull();
  });

  test("while the ledger cannot be written: 503, and the token is still alive", async () => {
    const broken = { now: false };
    await using there = await world({ store: (path) => brokenStore(path, broken) });
    const holder = await there.start();
    const handle = await handleOf(there, holder);
    broken.now = true;
    for (const token of [holder.token, handle]) {
      const answer = await askAs(there, PATH, holder.key, token);
      expect([answer.status, answer.body["reason"]]).toEqual([503, "ledger_unavailable"]);
      expect(answer.headers.get("retry-after")).toBe("2");
      expect(JSON.stringify(answer.body)).not.toContain(token);
    }
    broken.now = false;
    expect((await sendRefund(there, holder, handle, "charge=ch_a1")).status).toBe(200);
  });
});

/** A store that takes neither a run's end nor another handle while it is broken. */
async function brokenStore(path: string, broken: { readonly now: boolean }): Promise<Store> {
  const store = await sqlite(path);
  return new Proxy(store, {
    get: (_, name) => {
      if (broken.now && (name === "endRun" || name === "replaceHandle"))
        return () => Promise.reject(new Refusal("ledger_unavailable"));
      const value: unknown = Reflect.get(store, name, store);
      return typeof value === "function" ? (value.bind(store) as unknown) : value;
    },
  });
}
