import {
  CLAIMS,
  type Reason,
  TOKEN_TYPES,
  type TokenAnswer,
  endRunUrl,
  generateSigner,
  newAction,
  readCompactJws,
  signProof,
  thumbprint,
} from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DELEGATION_POLICY, type DelegationChange, childOf, delegation } from "./delegation.ts";
import { ISSUER, type TestRun, type TestWorld, effects, refundOf, world } from "./world.ts";

let place: TestWorld;
let parent: TestRun;
beforeAll(async () => {
  place = await world({ policy: DELEGATION_POLICY });
  parent = await place.start();
});
afterAll(() => place[Symbol.asyncDispose]());

const seconds = (): number => Math.floor(place.clock.now() / 1_000);
const read = (charge = "ch_a1") =>
  newAction({ system: "payments", operation: "charges.retrieve", resource: {}, arguments: { charge } });
const READ = {
  system: "payments",
  operation: "charges.retrieve",
  resource: { account: ["acct_acme"] },
  limits: {},
};

async function startedRuns(): Promise<number> {
  return (await place.ledger()).filter((record) => record.kind === "run_started").length;
}

/** Seconds from the child's start to its end, however late its answer came. */
async function lifeOf(answer: TokenAnswer): Promise<number | undefined> {
  const run = answer.ok && answer.run !== undefined ? await place.store.run(answer.run.run_id) : undefined;
  return run === undefined ? undefined : run.expiresAt - run.startedAt;
}

async function end(run: TestRun): Promise<void> {
  const proof = await signProof(
    run.key,
    { method: "POST", url: endRunUrl(ISSUER), token: run.token },
    seconds(),
  );
  await place.broker.client.endRun(run.token, proof);
}

describe("a delegation", () => {
  test("gives the child a run of its own: same tenant, user and thread, its own key, one more link", async () => {
    const answer = await delegation(place, parent);
    if (!answer.ok) throw new Error(answer.reason);
    const { claims } = readCompactJws(answer.access_token, { maxBytes: 65_536 });
    const own = readCompactJws(parent.token, { maxBytes: 65_536 }).claims;
    expect(claims).toMatchObject({
      sub: own["sub"],
      tenant: "acme",
      act: { sub: "urn:watchword:agent:reader@1", act: { sub: "urn:watchword:agent:support@3" } },
      cnf: { jkt: await thumbprint(answer.key.publicJwk) },
      [CLAIMS.run]: { root: parent.id, depth: 1, agent: "reader@1" },
      [CLAIMS.ceiling]: [READ],
    });
    expect(answer.run).toMatchObject({
      root: parent.id,
      parent: parent.id,
      chain: ["support@3", "reader@1"],
      principal_kind: "user",
    });
    expect(await lifeOf(answer)).toBe(300);
    expect(Number(claims["exp"])).toBeLessThan(Number(own["exp"]));
  });

  test("is recorded with parent, depth and chain", async () => {
    const child = await childOf(place, parent);
    const record = (await place.ledger()).find((one) => one.body["run"] === child.id);
    expect(record).toMatchObject({
      kind: "run_started",
      body: { parent: parent.id, root: parent.id, depth: 1, chain: ["support@3", "reader@1"] },
    });
  });

  test("lasts no longer than asked, than its rule, and than its parent's token", async () => {
    const short = await delegation(place, parent, { lifetime: 7 });
    expect(await lifeOf(short)).toBe(7);
    const long = await delegation(place, parent, { lifetime: 86_400 });
    expect(await lifeOf(long)).toBe(300);
    const reader = await childOf(place, parent, { lifetime: 20 });
    const scout = await delegation(place, reader, { agent: "scout@1" });
    if (!scout.ok || scout.run === undefined) throw new Error("no scout was started");
    const [outer, inner] = [await place.store.run(reader.id), await place.store.run(scout.run.run_id)];
    expect(inner?.expiresAt).toBe(outer?.expiresAt);
  });

  test("may be for less than the child could have, exactly as asked", async () => {
    const less = [{ ...READ, limits: { charge: { in: ["ch_a2"] } } }];
    const child = await childOf(place, parent, { ceiling: less });
    const other = await place.act(child, read("ch_a1"));
    expect(other.ok ? "allowed" : other.reason).toBe("capability_exceeded");
    expect((await place.act(child, read("ch_a2"))).ok).toBe(true);
  });

  test.for<{ name: string; reason: Reason; change: DelegationChange | (() => Promise<DelegationChange>) }>([
    {
      name: "signed with another key than the parent's",
      reason: "token_untrusted",
      change: async () => ({ signer: await generateSigner() }),
    },
    {
      name: "signed with the child's key",
      reason: "token_untrusted",
      change: async () => {
        const key = await generateSigner();
        return { key, signer: key };
      },
    },
    { name: "of the wrong kind", reason: "token_wrong_type", change: { typ: TOKEN_TYPES.assertion } },
    {
      name: "of another run",
      reason: "token_untrusted",
      change: { claims: (claims) => ({ ...claims, iss: `urn:watchword:run:run_${"0".repeat(32)}` }) },
    },
    {
      name: "of another agent",
      reason: "token_untrusted",
      change: { claims: (claims) => ({ ...claims, sub: "urn:watchword:agent:reader@1" }) },
    },
    {
      name: "for another broker",
      reason: "token_wrong_audience",
      change: { claims: (claims) => ({ ...claims, aud: "https://other.example" }) },
    },
    {
      name: "made beside another run token",
      reason: "token_untrusted",
      change: { claims: (claims) => ({ ...claims, ath: "A".repeat(43) }) },
    },
    {
      name: "that lives longer than a minute",
      reason: "token_expired",
      change: { claims: (claims) => ({ ...claims, exp: Number(claims["iat"]) + 61 }) },
    },
    {
      name: "that has expired",
      reason: "token_expired",
      change: {
        claims: (claims) => ({ ...claims, iat: Number(claims["iat"]) - 90, exp: Number(claims["iat"]) - 40 }),
      },
    },
    {
      name: "with a claim that nobody knows",
      reason: "token_malformed",
      change: { claims: (claims) => ({ ...claims, depth: 0 }) },
    },
    {
      name: "whose child proves another key than the one it names",
      reason: "proof_invalid",
      change: async () => ({ prover: await generateSigner() }),
    },
    {
      name: "that gives the child its parent's own key",
      reason: "token_untrusted",
      change: async () => ({ key: parent.key }),
    },
    {
      name: "without a proof",
      reason: "proof_invalid",
      change: { request: ({ dpop: _, ...request }) => request },
    },
    { name: "to an agent without a rule", reason: "not_granted", change: { agent: "scout@1" } },
    { name: "to an agent of another workload", reason: "agent_not_allowed", change: { agent: "stranger@1" } },
    { name: "to an agent that nobody declared", reason: "agent_not_allowed", change: { agent: "ghost@1" } },
    {
      name: "to an agent named like a member of every object",
      reason: "agent_not_allowed",
      change: { agent: "constructor@1" },
    },
    {
      name: "of what only the child's own grants give",
      reason: "capability_exceeded",
      change: { ceiling: [{ ...READ, operation: "charges.list" }] },
    },
    {
      name: "of what only the parent has",
      reason: "capability_exceeded",
      change: { ceiling: [{ ...READ, operation: "refunds.create" }] },
    },
    {
      name: "of another tenant's account",
      reason: "capability_exceeded",
      change: { ceiling: [{ ...READ, resource: { account: ["acct_globex"] } }] },
    },
    {
      name: "of one account more",
      reason: "capability_exceeded",
      change: { ceiling: [{ ...READ, resource: { account: ["acct_acme", "acct_globex"] } }] },
    },
    {
      name: "of any account",
      reason: "capability_exceeded",
      change: { ceiling: [{ ...READ, resource: {} }] },
    },
    { name: "of nothing", reason: "capability_exceeded", change: { ceiling: [] } },
  ])("$name is refused, recorded once, and starts nothing", async ({ reason, change }) => {
    const before = { started: await startedRuns(), records: (await place.ledger()).length };
    const answer = await delegation(place, parent, typeof change === "function" ? await change() : change);
    expect(answer.ok ? "started" : answer.reason).toBe(reason);
    expect(await startedRuns()).toBe(before.started);
    const records = (await place.ledger()).slice(before.records);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      kind: "decision",
      body: { outcome: "deny", reason, exchange: "delegate" },
    });
    expect(!answer.ok && answer.decision_id).toBe(records[0]?.decisionId);
  });

  test("is good once, also for another child", async () => {
    let sent: Parameters<NonNullable<DelegationChange["request"]>>[0] | undefined;
    const key = await generateSigner();
    await childOf(place, parent, { key, request: (request) => (sent = request) });
    if (sent === undefined) throw new Error("nothing was sent");
    const proof = await signProof(key, { method: "POST", url: `${ISSUER}/token` }, seconds());
    const again = await place.broker.client.token({ ...sent, dpop: proof });
    expect(again.ok ? "started" : again.reason).toBe("token_replayed");
  });

  test("deeper than its rule is refused, never cut", async () => {
    const reader = await childOf(place, parent);
    const scout = await childOf(place, reader, { agent: "scout@1" });
    const deeper = await delegation(place, scout, { agent: "scout@1" });
    expect(deeper.ok ? "started" : deeper.reason).toBe("capability_exceeded");
  });
});

describe("a subagent", () => {
  test("acts within what it was given, under its own name and chain", async () => {
    const child = await childOf(place, parent);
    const answer = await place.act(child, read());
    expect(answer.ok).toBe(true);
    const record = (await place.ledger()).findLast((one) => one.kind === "intent");
    expect(record?.body).toMatchObject({
      agent: "reader@1",
      run: child.id,
      root: parent.id,
      depth: 1,
      chain: ["support@3", "reader@1"],
    });
  });

  test.for<{ name: string; action: () => ReturnType<typeof read>; reason: Reason }>([
    { name: "only its parent may", action: () => refundOf("ch_a1", 100), reason: "not_granted" },
    {
      name: "its own grant allows and its parent may not",
      action: () => newAction({ system: "payments", operation: "charges.list", resource: {}, arguments: {} }),
      reason: "capability_exceeded",
    },
    { name: "belongs to another tenant", action: () => read("ch_g1"), reason: "tenant_mismatch" },
  ])("is refused what $name, and nothing is minted or sent", async ({ action, reason }) => {
    const child = await childOf(place, parent);
    const before = effects(place);
    const answer = await place.act(child, action());
    expect(answer.ok ? "allowed" : answer.reason).toBe(reason);
    expect(effects(place)).toBe(before);
  });

  test("cannot act with its parent's key, nor its parent with the child's token", async () => {
    const child = await childOf(place, parent);
    const withParentsKey = await place.act(child, read(), { signer: parent.key });
    expect(withParentsKey.ok ? "allowed" : withParentsKey.reason).toBe("token_untrusted");
    const withChildsToken = await place.act(parent, read(), {
      request: (request) => ({ ...request, subject_token: child.token }),
    });
    expect(withChildsToken.ok ? "allowed" : withChildsToken.reason).toBe("token_untrusted");
  });

  test("ends with its parent, at any depth: nothing is decided and its open handle is dead", async () => {
    const root = await place.start();
    const reader = await childOf(place, root);
    const scout = await childOf(place, reader, { agent: "scout@1" });
    const lease = await place.act(scout, read());
    if (!lease.ok) throw new Error(lease.reason);
    await end(root);
    for (const run of [root, reader, scout]) {
      const answer = await place.act(run, read());
      expect(answer.ok ? "allowed" : answer.reason).toBe("run_ended");
    }
    const url = `${place.gatewayUrl}/payments/v1/charges/ch_a1`;
    const proof = await signProof(scout.key, { method: "GET", url, token: lease.access_token }, seconds());
    const response = await fetch(url, {
      headers: { authorization: `DPoP ${lease.access_token}`, dpop: proof },
    });
    expect([response.status, response.headers.get("watchword-reason")]).toEqual([400, "run_ended"]);
    const again = await delegation(place, reader, { agent: "scout@1" });
    expect(again.ok ? "started" : again.reason).toBe("run_ended");
  });

  test("that ends leaves its parent and siblings alone", async () => {
    const root = await place.start();
    const [one, two] = [await childOf(place, root), await childOf(place, root)];
    await end(one);
    expect((await place.act(two, read())).ok).toBe(true);
    expect((await place.act(root, read())).ok).toBe(true);
  });

  test("is over when its own short life is, though its parent goes on", async () => {
    const root = await place.start();
    const child = await childOf(place, root, { lifetime: 5 });
    const lease = await place.act(child, read());
    expect(lease.ok && lease.expires_in).toBeLessThanOrEqual(5);
    place.clock.advance(6);
    const late = await place.act(child, read());
    expect(late.ok ? "allowed" : late.reason).toBe("token_expired");
    expect((await place.act(root, read())).ok).toBe(true);
  });
});
