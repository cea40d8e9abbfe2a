import { Refusal, type Store, type TokenAnswer, newAction } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { localKeyVerifier } from "@watchword/identity/local-key";
import { parsePolicy } from "@watchword/policy";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { sqlite } from "../src/sqlite/index.ts";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { CANARY, ISSUER, LIVE_KEY, POLICY, SECOND_CANARY, effects, refundOf, world } from "./world.ts";

const reasonOf = (answer: TokenAnswer): string => (answer.ok ? "allowed" : answer.reason);

/** A store whose ledger stops taking records when told. */
function fragile(): { open: (path: string) => Promise<Store>; broken: boolean; refused: string[] } {
  const state = {
    broken: false,
    refused: [] as string[],
    open: async (path: string): Promise<Store> => {
      const store = await sqlite(path);
      const methods = [
        "recordIntent",
        "recordRefusal",
        "recordMint",
        "claimUse",
        "requestApproval",
        "startRun",
      ];
      return new Proxy(store, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (state.broken && methods.includes(String(name)))
            return () => {
              state.refused.push(String(name));
              return Promise.reject(new Refusal("ledger_unavailable"));
            };
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
  return state;
}

describe("when the ledger cannot be written", () => {
  test.for([
    { name: "an action that would be allowed", action: () => refundOf("ch_a1") },
    { name: "an action that would be denied", action: () => refundOf("ch_g1") },
    { name: "an action that would need an approval", action: () => refundOf("ch_a3", 19_000) },
  ])("$name is refused: ledger_unavailable; nothing is minted", async ({ action }) => {
    const store = fragile();
    await using place = await world({ store: store.open });
    const run = await place.start();
    store.broken = true;
    const answer = await place.act(run, action());
    expect(reasonOf(answer)).toBe("ledger_unavailable");
    expect(answer).toMatchObject({ ok: false, error: "temporarily_unavailable", retryable: true });
    expect(effects(place)).toBe(0);
    store.broken = false;
    expect((await place.ledger()).some((record) => record.kind === "outcome")).toBe(false);
  });

  test("the refusal is answered without a second try at the ledger, and counted for later", async () => {
    const store = fragile();
    await using place = await world({ store: store.open });
    const run = await place.start();
    store.broken = true;
    await place.act(run, refundOf("ch_a1"));
    await place.act(run, refundOf("ch_a2", 100));
    expect(store.refused).toEqual(["recordIntent", "recordIntent"]);
    store.broken = false;
    await place.broker.sweep();
    const counted = (await place.ledger()).filter((record) => record.body["count"] !== undefined);
    expect(counted.map(({ body }) => [body["reason"], body["count"]])).toEqual([["ledger_unavailable", 2]]);
  });

  test("a credential that was minted meanwhile is revoked, and its intent reported as orphaned", async () => {
    const store = fragile();
    const system = mintingSystem();
    await using place = await world({
      store: store.open,
      policy: MINTING_POLICY,
      systems: () => ({ tickets: system.adapter }),
      broker: { onStep: (step) => void (store.broken = step === "minted") },
    });
    const run = await place.start();
    const action = newAction({
      system: "tickets",
      operation: "tickets.close",
      resource: {},
      arguments: { ticket: "t_1" },
    });
    expect(reasonOf(await place.act(run, action))).toBe("ledger_unavailable");
    expect([system.minted, system.living.size]).toEqual([1, 0]);
    store.broken = false;
    expect(reasonOf(await place.act(run, action))).toBe("outcome_unknown");
    place.clock.advance(120);
    expect((await place.broker.sweep()).orphans).toBe(1);
    const recovery = (await place.ledger()).find((record) => record.kind === "recovery");
    expect(recovery?.body["native_expires_at"]).toBeTypeOf("number");
  });

  test("in time, what was refused for it is not spent later", async () => {
    await using place = await world();
    const run = await place.start();
    const other = new DatabaseSync(join(place.directory, "watchword.db"));
    other.exec("BEGIN IMMEDIATE");
    // Keeps the writer busy, so that the intent waits behind it.
    const entry = { kind: "run_ended", at: place.clock.now(), tenant: null, body: {} } as const;
    const before = expect(place.store.endRun("run_none", 0, entry)).rejects.toThrow("ledger_unavailable");
    const released = setTimeout(2_600).then(() => other.exec("ROLLBACK"));
    expect(reasonOf(await place.act(run, refundOf("ch_a1")))).toBe("ledger_unavailable");
    await Promise.all([before, released]);
    other.close();
    expect(reasonOf(await place.act(run, refundOf("ch_a1")))).toBe("allowed");
    expect((await place.ledger()).filter(({ kind }) => kind === "intent")).toHaveLength(1);
  });

  test("no run starts", async () => {
    const store = fragile();
    await using place = await world({ store: store.open });
    store.broken = true;
    expect(reasonOf(await place.tryStart())).toBe("ledger_unavailable");
  });

  test("a refused start, act, approval and end say so too, and each is counted", async () => {
    const store = fragile();
    await using place = await world({ store: store.open });
    const run = await place.start();
    const asked = await place.act(run, refundOf("ch_a3", 19_000));
    const token = await place.userToken("mallory", { org_id: "acme", groups: [] });
    store.broken = true;
    const thrown = (attempt: Promise<unknown>): Promise<unknown> =>
      attempt.catch((error: unknown) => (Refusal.is(error) ? error.reason : error));
    const approvalId = asked.ok ? "" : (asked.approval_id ?? "");
    expect(reasonOf(await place.tryStart({ agent: "stranger@1" }))).toBe("ledger_unavailable");
    expect(reasonOf(await place.act(run, refundOf("ch_g1")))).toBe("ledger_unavailable");
    expect(await thrown(place.broker.approvals.decide(approvalId, { token, verdict: "approve" }))).toBe(
      "ledger_unavailable",
    );
    expect(await thrown(place.broker.client.endRun(run.token, "no proof"))).toBe("ledger_unavailable");
    store.broken = false;
    await place.broker.sweep();
    const counted = (await place.ledger()).filter((record) => record.body["count"] !== undefined);
    expect(counted.map(({ body }) => [body["reason"], body["count"]])).toEqual([["ledger_unavailable", 4]]);
  });
});

describe("when the payment system", () => {
  test.for([
    { mode: "down", reason: "downstream_unavailable" },
    { mode: "slow", reason: "downstream_unavailable" },
    { mode: "garbage", reason: "downstream_unavailable" },
    { mode: "500", reason: "downstream_unavailable" },
    { mode: "429", reason: "rate_limited" },
    { mode: "redirect", reason: "downstream_refused" },
  ] as const)(
    "is '$mode', the action is refused: $reason; nothing is minted, the key is not said",
    async ({ mode, reason }) => {
      await using place = await world();
      const run = await place.start();
      place.twin.fail(mode);
      const answer = await place.act(run, refundOf("ch_a1"));
      expect(reasonOf(answer)).toBe(reason);
      expect(JSON.stringify([answer, await place.ledger()])).not.toContain(CANARY);
      expect((await place.ledger()).some((record) => record.kind === "intent")).toBe(false);
    },
  );
});

describe("a broker does not start", () => {
  const invalid = async (options: Parameters<typeof world>[0]): Promise<Refusal> => {
    const outcome = await world(options).then(
      async (place) => {
        await place[Symbol.asyncDispose]();
        return undefined;
      },
      (error: unknown) => error,
    );
    if (!Refusal.is(outcome)) throw new Error("it started, or failed without a reason");
    return outcome;
  };

  test("with a policy that names an operation that its system does not have; the error says where", async () => {
    const refusal = await invalid({
      policy: POLICY.replace("payments/refunds.create", "payments/refunds.creat"),
    });
    expect(refusal.reason).toBe("policy_invalid");
    expect(refusal.message).toMatch(/policy\.yaml:\d+:\d+ .*refunds\.creat/);
  });

  test("with a policy that names an undeclared agent", async () => {
    expect((await invalid({ policy: POLICY.replace("agent: support", "agent: suport") })).reason).toBe(
      "policy_invalid",
    );
  });

  test("in production with a development verifier", async () => {
    expect((await invalid({ broker: { environment: "production" } })).reason).toBe("development_setting");
  });

  test("with two verifiers for one issuer", async () => {
    await using place = await world();
    const verifier = await localKeyVerifier({
      directory: join(place.directory, "workload"),
      audience: ISSUER,
    });
    expect((await invalid({ broker: { verifiers: [verifier, verifier] } })).reason).toBe(
      "configuration_invalid",
    );
  });
});

describe("an in-process broker", () => {
  test("refuses a live root secret, and says what to do", async () => {
    await using place = await world();
    await expect(
      place.broker.tenants.put({
        id: "acme",
        connections: { payments: { account: "acct_acme", secret: LIVE_KEY } },
      }),
    ).rejects.toMatchObject({
      reason: "development_setting",
    });
    await expect(
      place.broker.tenants.put({
        id: "acme",
        connections: { payments: { account: "acct_acme", secret: LIVE_KEY } },
      }),
    ).rejects.toThrow(/own|unsafeInProcess/);
  });

  test("refuses one that another process stored, too", async () => {
    await using place = await world({ broker: { unsafeInProcess: true } });
    await place.broker.tenants.put({
      id: "acme",
      connections: { payments: { account: "acct_acme", secret: LIVE_KEY } },
    });
    await using careful = await world({ directory: place.directory, twinUrl: place.twin.url, broker: {} });
    // `world` puts the test key again; store the live one behind its back.
    await place.broker.tenants.put({
      id: "acme",
      connections: { payments: { account: "acct_acme", secret: LIVE_KEY } },
    });
    const before = place.twin.requests.length;
    expect(reasonOf(await careful.act(await careful.start(), refundOf("ch_a1")))).toBe("development_setting");
    expect(place.twin.requests).toHaveLength(before);
  });
});

describe("a decision made under an older state", () => {
  test("is void when the tenant's connection changed meanwhile", async () => {
    let change: () => Promise<void> = async () => undefined;
    await using place = await world({
      broker: {
        fetch: async (input, init) => {
          const response = await fetch(input, init);
          // Once: a connection's change asks the system, too.
          const changing = change;
          change = async () => undefined;
          await changing();
          return response;
        },
      },
    });
    const run = await place.start();
    change = () =>
      place.broker.tenants.put({
        id: "acme",
        connections: { payments: { account: "acct_acme", secret: SECOND_CANARY } },
      });
    expect(reasonOf(await place.act(run, refundOf("ch_a1")))).toBe("state_changed");
    expect((await place.ledger()).some((record) => record.kind === "outcome")).toBe(false);
  });

  test("is void when another process activated another policy", async () => {
    await using place = await world();
    const run = await place.start();
    const other = parsePolicy([{ name: "p.yaml", text: POLICY.replace("200.00 USD", "1.00 USD") }]);
    await place.store.activatePolicy(other.version, other.canonical, {
      kind: "policy",
      at: place.clock.now(),
      tenant: null,
      body: { outcome: "activated" },
    });
    expect(reasonOf(await place.act(run, refundOf("ch_a1")))).toBe("state_changed");
  });
});

describe("when the disk has only its reserved room left", () => {
  /** The same file twice: with room, and as if nearly nothing were free. */
  const filling = () => {
    const state = {
      short: false,
      open: async (path: string): Promise<Store> => {
        const [roomy, full] = [await sqlite(path), await sqlite(path, { reservedBytes: 2 ** 52 })];
        return new Proxy(roomy, {
          get: (_, name) => {
            if (name === Symbol.asyncDispose)
              return async () => {
                await Promise.all([roomy[Symbol.asyncDispose](), full[Symbol.asyncDispose]()]);
              };
            const store = state.short ? full : roomy;
            const value: unknown = Reflect.get(store, name);
            return typeof value === "function" ? value.bind(store) : value;
          },
        });
      },
    };
    return state;
  };

  test("nothing new begins; what is under way ends, and refusals are recorded", async () => {
    const disk = filling();
    await using place = await world({ store: disk.open });
    const run = await place.start();
    const leased = await place.act(run, refundOf("ch_a1"));
    expect(leased.ok).toBe(true);
    disk.short = true;
    const records = async (): Promise<string[]> => {
      const heads = await place.store.ledgerHeads();
      const chains = await Promise.all(
        heads.map(({ replica }) => place.store.ledger({ replica, limit: 1_000 })),
      );
      return chains.flat().map(({ kind, body }) => JSON.stringify([kind, body["reason"] ?? body["outcome"]]));
    };

    expect(reasonOf(await place.act(run, refundOf("ch_a2", 4_000)))).toBe("ledger_unavailable");
    expect(reasonOf(await place.tryStart())).toBe("ledger_unavailable");
    expect(effects(place)).toBe(0);
    expect(reasonOf(await place.act(run, refundOf("ch_g1")))).toBe("tenant_mismatch");
    expect(await records()).toContain('["decision","tenant_mismatch"]');

    await place.broker.runs.kill(run.id);
    expect(await records()).toEqual(
      expect.arrayContaining(['["run_ended","killed"]', '["revocation","injected_only"]']),
    );
    disk.short = false;
    expect((await place.tryStart()).ok).toBe(true);
  });
});
