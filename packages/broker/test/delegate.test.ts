import {
  CLAIMS,
  type Reason,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  endRunUrl,
  generateSigner,
  newAction,
  readCompactJws,
  signProof,
  thumbprint,
} from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DelegationChange, childOf, delegation } from "./delegation.ts";
import { ISSUER, type TestRun, type TestWorld, effects, refundOf, world } from "./world.ts";

/** Three levels, so that chains can be too deep and middles can die. */
const POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {}, scout: {}, stranger: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader, scout], tenant: { claim: org_id } }
  other-runtime: { identity: { localKey: other-runtime }, agents: [stranger], tenant: { fixed: acme } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    budget: { sum: args.amount, max: "1000.00 USD", per: run, window: 24h }
    lease: { action: 60s }
  - id: read
    agent: [support, reader, scout, stranger]
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }
  - id: list
    agent: [reader]
    operation: payments/charges.list
    resource: { account: "\${tenant.payments.account}" }
    lease: { action: 30s }
delegation:
  - { parent: support, child: reader, grants: [read, list], depth: 1, ttl: 5m }
  - { parent: support, child: stranger, grants: [read], depth: 1, ttl: 5m }
  - { parent: reader, child: scout, grants: [read], depth: 2, ttl: 1m }
  - { parent: scout, child: scout, grants: [read], depth: 2, ttl: 1m }
`;

let place: TestWorld;
let parent: TestRun;
beforeAll(async () => {
  place = await world({ policy: POLICY });
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
    expect(answer.expires_in).toBe(300);
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
    expect(short.ok && short.expires_in).toBe(7);
    const long = await delegation(place, parent, { lifetime: 86_400 });
    expect(long.ok && long.expires_in).toBe(300);
    const reader = await childOf(place, parent, { lifetime: 20 });
    const scout = await delegation(place, reader, { agent: "scout@1" });
    expect(scout.ok && scout.expires_in).toBe(20);
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
    place.clock.advance(400);
    const renewed = await renew(run);
    if (!renewed.ok) throw new Error(renewed.reason);
    expect(renewed.run).toMatchObject({ run_id: run.id, root: run.id });
    expect(renewed.expires_in).toBe(600);
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
