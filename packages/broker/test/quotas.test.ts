import {
  type Action,
  type Adapter,
  Refusal,
  type TokenAnswer,
  type TokenFailure,
  newAction,
  systemClock,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { Quotas } from "../src/quotas/quotas.ts";
import { limitedSystem, limitedWorld, sendClose } from "./limited-system.ts";
import { MINTING_POLICY } from "./minting-system.ts";
import type { TestRun, TestWorld } from "./world.ts";

const HOUR = 3_600;
const close = (ticket = "t_1"): Action =>
  newAction({ system: "tickets", operation: "tickets.close", resource: {}, arguments: { ticket } });

const BEHIND_EVALS = MINTING_POLICY.replace(
  "grants:",
  'evidence:\n  evals: { issuer: github-actions, repositoryId: "1", workflow: .github/workflows/e.yml, ref: refs/heads/main }\ngrants:',
).replace(
  "    lease:",
  "    evidence: { source: evals, result: pass, commit: facts.head, maxAge: 2h }\n    lease:",
);

const tooMuch = (headers: Record<string, string>) => () => new Response("no", { status: 429, headers });

function refused(answer: TokenAnswer): TokenFailure {
  if (answer.ok) throw new Error("was not refused");
  return answer;
}

async function handleOf(place: TestWorld, run: TestRun, ticket?: string): Promise<string> {
  const answer = await place.act(run, close(ticket));
  if (!answer.ok) throw new Error(`refused: ${answer.reason}`);
  return answer.access_token;
}

/** The tickets closed until the first refusal, and that refusal. */
async function closeAll(place: TestWorld, tenant = "acme"): Promise<[number, TokenFailure]> {
  const run = await place.start({ tenant });
  for (let closed = 0; ; closed++) {
    const answer = await place.act(run, close());
    if (!answer.ok) return [closed, answer];
  }
}

describe("a quota", () => {
  test("counts look-ups, mints and requests together; what is over it does not leave", async () => {
    const system = limitedSystem({ quotas: [{ per: "account", limit: 16, windowSeconds: HOUR }] });
    await using place = await limitedWorld(system);
    const run = await place.start();
    for (let index = 0; index < 5; index++) {
      const response = await sendClose(place, run, await handleOf(place, run), "t_1");
      expect(response.status).toBe(200);
    }
    // One of 16 is kept for what has begun, and 15 are used.
    expect(system.requests).toHaveLength(15);
    const answer = refused(await place.act(run, close()));
    expect(answer).toMatchObject({ reason: "rate_limited", retryable: true });
    expect(answer.retry_after).toBeGreaterThan(HOUR - 400);
    expect(answer.retry_after).toBeLessThanOrEqual(HOUR + 301);
    expect(system.requests).toHaveLength(15);
    const decision = (await place.ledger()).findLast(({ kind }) => kind === "decision");
    expect(decision?.body).toMatchObject({ outcome: "deny", reason: "rate_limited", failed_fact: "budget" });
    place.clock.advance(answer.retry_after ?? 0);
    expect((await place.act(await place.start(), close())).ok).toBe(true);
  });

  test("that is used up at the gateway spends no use: the same handle works later", async () => {
    const system = limitedSystem({ quotas: [{ per: "account", limit: 4, windowSeconds: 30 }] });
    await using place = await limitedWorld(system);
    const run = await place.start();
    const [first, second] = [await handleOf(place, run), await handleOf(place, run)];
    const response = await sendClose(place, run, first, "t_1");
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(response.headers.get("watchword-reason")).toBe("rate_limited");
    expect(system.requests).not.toContain("POST /tickets");
    place.clock.advance(33);
    expect((await sendClose(place, run, first, "t_1")).status).toBe(200);
    expect((await sendClose(place, run, second, "t_1")).status).toBe(200);
  });

  test("leaves something for the end of what has begun", async () => {
    const system = limitedSystem({ quotas: [{ per: "account", limit: 16, windowSeconds: HOUR }] });
    await using place = await limitedWorld(system);
    const [closed] = await closeAll(place);
    expect(closed).toBe(7);
    place.clock.advance(61);
    await place.broker.sweep();
    expect(system.requests.filter((name) => name === "DELETE /tokens")).toHaveLength(1);
    expect(system.requests).toHaveLength(16);
  });

  test("holds over replicas, however many ask at once", async () => {
    const system = limitedSystem({ quotas: [{ per: "account", limit: 32, windowSeconds: HOUR }] });
    await using place = await limitedWorld(system);
    await using other = await limitedWorld(system, { directory: place.directory });
    const ask = async (replica: TestWorld): Promise<void> => {
      const run = await replica.start();
      await Promise.all(Array.from({ length: 12 }, () => replica.act(run, close())));
    };
    await Promise.all([ask(place), ask(other)]);
    // Who was stopped between look-up and mint left one that led to nothing.
    expect(system.requests.length).toBeLessThanOrEqual(30);
    expect(system.requests.length).toBeGreaterThan(20);
    expect(refused(await other.act(await other.start(), close())).reason).toBe("rate_limited");
  });

  test("of an account that tenants share leaves a part to each of them", async () => {
    const quotas = [{ per: "account", limit: 32, windowSeconds: HOUR }] as const;
    const system = limitedSystem({ quotas, shared: true });
    await using place = await limitedWorld(system, { account: "acct_shared" });
    const [busy, refusal] = await closeAll(place, "acme");
    expect(refusal.reason).toBe("rate_limited");
    expect(busy).toBe(11);
    const [late] = await closeAll(place, "globex");
    expect(late).toBe(3);
    // Counted by connection, each has all of it.
    const own = limitedSystem({ quotas: [{ ...quotas[0], limit: 8, per: "connection" }], shared: true });
    await using apart = await limitedWorld(own, { account: "acct_shared" });
    expect([(await closeAll(apart, "acme"))[0], (await closeAll(apart, "globex"))[0]]).toEqual([4, 4]);
  });

  test("can be lowered in the configuration, and not raised", async () => {
    const declared = [{ per: "account", limit: 16, windowSeconds: HOUR }] as const;
    for (const [limit, closed] of [
      [6, 3],
      [10_000, 7],
    ] as const) {
      const system = limitedSystem({ quotas: declared });
      const quotas = { tickets: [{ per: "account", limit, windowSeconds: HOUR }] } as const;
      await using place = await limitedWorld(system, { broker: { quotas } });
      expect((await closeAll(place))[0]).toBe(closed);
    }
  });

  test("of the place that mints counts no request of a tool", async () => {
    const own = { per: "account", limit: 4, windowSeconds: HOUR, toolRequests: false } as const;
    const system = limitedSystem({ quotas: [own] });
    await using place = await limitedWorld(system);
    const run = await place.start();
    for (let index = 0; index < 2; index++)
      expect((await sendClose(place, run, await handleOf(place, run), "t_1")).status).toBe(200);
    expect(refused(await place.act(run, close())).reason).toBe("rate_limited");
  });

  test("is counted apart, and its door closed apart, where the system counts apart within an account", async () => {
    const { adapter } = limitedSystem({ quotas: [{ per: "account", limit: 2, windowSeconds: HOUR }] });
    const quotas = new Quotas({
      systems: new Map([["tickets", { ...adapter, quotaPool: ({ owner = "" }) => owner }]]),
      configured: {},
      store: {
        drawQuota: async ({ now }) => ({ units: 1, until: now + 1_000 }),
        closeDoor: async () => true,
        epochs: async () => ({}),
      },
      clock: systemClock,
    });
    const held = { tenant: "acme", system: "tickets", account: "acct_acme", settings: {} };
    const [one, other] = [quotas.account(held, { owner: "a" }), quotas.account(held, { owner: "b" })];
    if (one === undefined || other === undefined) throw new Error("it is limited");
    expect(one.scope).not.toBe(other.scope);
    expect(quotas.account(held, { owner: "a" })).toEqual(one);
    await quotas.close(one, 60);
    await expect(quotas.draw(one, "read", "new")).rejects.toMatchObject({ reason: "rate_limited" });
    await expect(quotas.look(one)).rejects.toMatchObject({ retryAfterSeconds: expect.closeTo(60, -1) });
    await quotas.draw(other, "read", "new");
  });

  test("costs what a write costs", async () => {
    const cost = { read: 1, write: 5 };
    const system = limitedSystem({ quotas: [{ per: "account", limit: 32, windowSeconds: 60, cost }] });
    await using place = await limitedWorld(system);
    expect((await closeAll(place))[0]).toBe(5);
  });

  test.for([
    ["of a system that is not there", { others: [{ per: "account", limit: 1, windowSeconds: 1 }] }],
    ["of no window", { tickets: [{ per: "account", limit: 1, windowSeconds: 0 }] }],
    ["of half a request", { tickets: [{ per: "account", limit: 0.5, windowSeconds: 1 }] }],
    [
      "that costs nothing",
      { tickets: [{ per: "account", limit: 1, windowSeconds: 1, cost: { read: 0, write: 1 } }] },
    ],
  ] as const)("%s is no configuration", ([, configured]) => {
    const systems = new Map([["tickets", limitedSystem().adapter]]);
    const make = () => new Quotas({ systems, configured, store: undefined as never, clock: systemClock });
    expect(make).toThrow(expect.objectContaining({ reason: "configuration_invalid" }));
  });
});

describe("a system that says too much", () => {
  test("to a look-up is left alone until its time, by every replica", async () => {
    const system = limitedSystem({ quotas: [] });
    system.answers.set("GET /facts", tooMuch({ "retry-after": "90" }));
    await using place = await limitedWorld(system);
    await using other = await limitedWorld(system, { directory: place.directory });
    const first = refused(await place.act(await place.start(), close()));
    expect(first).toMatchObject({ reason: "rate_limited", retry_after: 90 });
    system.answers.clear();
    for (const replica of [other, place]) {
      const answer = refused(await replica.act(await replica.start(), close()));
      expect(answer.reason).toBe("rate_limited");
      expect(answer.retry_after).toBeGreaterThan(80);
    }
    expect(system.requests).toEqual(["GET /facts"]);
    const doors = (await place.ledger()).filter(({ kind }) => kind === "door");
    expect(doors).toMatchObject([{ tenant: "acme", body: { outcome: "closed", system: "tickets" } }]);
    place.clock.advance(91);
    expect((await place.act(await place.start(), close())).ok).toBe(true);
  });

  test("to a mint has minted nothing: the same action may come again, with the same approval and budget", async () => {
    const system = limitedSystem({ quotas: [] });
    system.answers.set("POST /tokens", tooMuch({ "retry-after": "30" }));
    await using place = await limitedWorld(system);
    const run = await place.start();
    const action = close();
    expect(refused(await place.act(run, action))).toMatchObject({ reason: "rate_limited", retry_after: 30 });
    system.answers.clear();
    place.clock.advance(31);
    expect((await place.act(run, action)).ok).toBe(true);
  });

  test("to a question about evidence is refused as that, and not as red evidence", async () => {
    const system = limitedSystem({ quotas: [] });
    const adapter: Adapter = {
      ...system.adapter,
      readEvidence: async (_, context) => {
        await context.fetch("https://tickets.example/checks");
        return { state: "pass", finishedAt: Math.floor(context.clock.now() / 1_000), detail: "run 1" };
      },
    };
    await using place = await limitedWorld({ ...system, adapter }, { policy: BEHIND_EVALS });
    const run = await place.start();
    system.answers.set("GET /checks", tooMuch({ "retry-after": "30" }));
    expect(refused(await place.act(run, close()))).toMatchObject({ reason: "rate_limited", retry_after: 30 });
    expect(system.requests).toEqual(["GET /facts", "GET /checks"]);
    system.answers.clear();
    place.clock.advance(31);
    expect((await place.act(run, close())).ok).toBe(true);
  });

  test("in words that only its adapter reads is left alone all the same", async () => {
    const system = limitedSystem({ quotas: [] });
    const adapter: Adapter = {
      ...system.adapter,
      resolve: async (_, context) => {
        await context.fetch("https://tickets.example/facts");
        throw new Refusal("rate_limited", { retryAfterSeconds: 20 });
      },
    };
    await using place = await limitedWorld({ ...system, adapter });
    const run = await place.start();
    for (let index = 0; index < 2; index++) {
      const answer = refused(await place.act(run, close()));
      expect(answer).toMatchObject({ reason: "rate_limited", retry_after: expect.closeTo(20, -1) });
    }
    expect(system.requests).toEqual(["GET /facts"]);
    expect((await place.ledger()).filter(({ kind }) => kind === "door")).toHaveLength(1);
  });

  test("in the middle of a mint may have minted: what it was for stays spent", async () => {
    const system = limitedSystem({ quotas: [], narrows: true });
    system.answers.set("POST /narrow", tooMuch({ "retry-after": "30" }));
    await using place = await limitedWorld(system);
    const run = await place.start();
    const action = close();
    expect(refused(await place.act(run, action)).reason).toBe("rate_limited");
    system.answers.clear();
    place.clock.advance(31);
    expect(refused(await place.act(run, action)).reason).toBe("outcome_unknown");
  });

  test("to a request of a tool closes the door too, and its answer reaches the tool", async () => {
    const system = limitedSystem({ quotas: [] });
    await using place = await limitedWorld(system);
    const run = await place.start();
    const [first, second] = [await handleOf(place, run), await handleOf(place, run)];
    system.answers.set("POST /tickets", tooMuch({ "retry-after": "45" }));
    const answered = await sendClose(place, run, first, "t_1");
    expect([answered.status, await answered.text()]).toEqual([429, "no"]);
    system.answers.clear();
    await using other = await limitedWorld(system, { directory: place.directory });
    for (const replica of [other, place]) {
      const stopped = await sendClose(replica, run, second, "t_1");
      expect([stopped.status, stopped.headers.get("watchword-reason")]).toEqual([429, "rate_limited"]);
      expect(Number(stopped.headers.get("retry-after"))).toBeGreaterThan(40);
    }
    expect(refused(await place.act(run, close()))).toMatchObject({ reason: "rate_limited" });
    expect(system.requests.filter((name) => name === "POST /tickets")).toHaveLength(1);
    place.clock.advance(46);
    expect((await sendClose(place, run, second, "t_1")).status).toBe(200);
  });

  test("is left alone by one tenant's connection and asked by another's", async () => {
    const system = limitedSystem({ quotas: [] });
    system.answers.set("GET /facts", tooMuch({ "retry-after": "90" }));
    await using place = await limitedWorld(system);
    refused(await place.act(await place.start(), close()));
    system.answers.clear();
    expect((await place.act(await place.start({ tenant: "globex" }), close())).ok).toBe(true);
  });

  test("while a credential is to be ended ends it when it may be asked again, and nothing gives it up", async () => {
    const system = limitedSystem({ quotas: [] });
    await using place = await limitedWorld(system);
    await handleOf(place, await place.start());
    system.answers.set("DELETE /tokens", tooMuch({ "retry-after": "1200" }));
    place.clock.advance(61);
    expect((await place.broker.sweep()).waiting).toBe(1);
    system.answers.clear();
    // Long after a revocation that fails for another reason is given up.
    place.clock.advance(900);
    await place.broker.sweep();
    expect(system.requests.filter((name) => name === "DELETE /tokens")).toHaveLength(1);
    place.clock.advance(301);
    expect((await place.broker.sweep()).ended).toBe(1);
    const ends = (await place.ledger()).filter(({ kind }) => kind === "revocation");
    expect(ends).toMatchObject([{ body: { outcome: "revoked" } }]);
  });

  test("to one replica is not asked to end anything by another", async () => {
    const system = limitedSystem({ quotas: [] });
    await using place = await limitedWorld(system);
    await using other = await limitedWorld(system, { directory: place.directory });
    const run = await place.start();
    await handleOf(place, run);
    system.answers.set("GET /facts", tooMuch({ "retry-after": "600" }));
    expect(refused(await place.act(run, close())).reason).toBe("rate_limited");
    other.clock.advance(61);
    expect((await other.broker.sweep()).waiting).toBe(1);
    expect(system.requests).not.toContain("DELETE /tokens");
  });

  test("without a quota of its own is asked as ever, and its answer is the adapter's to read", async () => {
    const system = limitedSystem();
    system.answers.set("GET /facts", tooMuch({ "retry-after": "90" }));
    await using place = await limitedWorld(system);
    expect((await place.act(await place.start(), close())).ok).toBe(true);
    expect(system.requests).toEqual(["GET /facts", "POST /tokens"]);
  });
});
