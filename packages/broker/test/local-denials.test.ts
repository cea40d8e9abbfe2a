import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { type BrokerClient, type PolicyProjections, TOKEN_TYPE_URIS, money, system } from "@watchword/core";
import { type RunFrame, bind, createRuntime, delegate, guard, httpBroker } from "@watchword/middleware";
import { parsePolicy } from "@watchword/policy";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { madeByRuntimes } from "./denial-desk.ts";
import { ISSUER, POLICY, type TestWorld, effects, world } from "./world.ts";

const payments = system("payments", stripeCatalogue);
const refund = guard(
  { name: "refund", execute: async () => "done" },
  bind(payments.refundsCreate, ({ charge, cents }: { charge: string; cents: number }) => ({
    charge,
    amount: money(cents, "minor"),
  })),
);
const look = guard(
  { name: "look", execute: async () => "seen" },
  bind(payments.chargesRetrieve, ({ charge }: { charge: string }) => ({ charge })),
);
/** Over the grant's 200.00 USD, whatever the charge is. */
const TOO_MUCH = { charge: "ch_a3", cents: 20_001 };

let place: TestWorld;
beforeEach(async () => void (place = await world()));
afterEach(() => place[Symbol.asyncDispose]());

interface Watched {
  /** Actions that the broker was asked about. */
  readonly acts: () => number;
  readonly failures: unknown[];
  run<Result>(fn: (frame: RunFrame) => Promise<Result>, agent?: string): Promise<Result>;
}

/** A runtime whose way to the broker is watched, with projections as a test wants them. */
function runtimeOf(
  change: (projections: PolicyProjections) => PolicyProjections | undefined = (projections) => projections,
  localDenials: "on" | "off" = "on",
): Watched {
  let acts = 0;
  const failures: unknown[] = [];
  const { client } = place.broker;
  if (client.projections === undefined) throw new Error("the client has no projections");
  const projections = change(client.projections);
  const { projections: _, ...rest } = client;
  const broker: BrokerClient = {
    ...rest,
    ...(projections === undefined ? {} : { projections }),
    token: (request) => {
      if (request.actor_token_type === TOKEN_TYPE_URIS.assertion) acts += 1;
      return client.token(request);
    },
  };
  return {
    acts: () => acts,
    failures,
    run: async (fn, agent = "support@3") => {
      const runtime = createRuntime({
        broker,
        workload: () => place.workloadToken(),
        agent,
        clock: place.clock,
        localDenials,
        onLocalFailure: (error) => void failures.push(error),
      });
      return runtime.run({ user: { token: await place.userToken("dana", { org_id: "acme" }) } }, fn);
    },
  };
}

const activate = async (text: string): Promise<void> => {
  const policy = parsePolicy([{ name: "policy.yaml", text }]);
  await place.broker.policies.push(policy, "ci");
  await place.broker.policies.activate(policy.version, "ci");
};

describe("what the projection denies", () => {
  test("never reaches the broker as an action, and is in the ledger under the id that the model was told", async () => {
    const runtime = runtimeOf();
    const before = place.twin.requests.length;
    const { frame, denied } = await runtime.run(async (inside) => ({
      frame: inside,
      denied: await refund.execute(TOO_MUCH, { toolCallId: "call_7" }),
    }));
    expect(denied).toEqual({
      error: "access_denied",
      reason: "limit_exceeded",
      decision_id: expect.stringMatching(/^dec_[0-9a-f]{32}$/),
      retryable: false,
    });
    expect(runtime.acts()).toBe(0);
    const records = await madeByRuntimes(place, { id: frame.runId });
    expect(
      records.map(({ decisionId, tenant, body }) => [decisionId, tenant, body["reason"], body["tool"]]),
    ).toEqual([[(denied as { decision_id: string }).decision_id, "acme", "limit_exceeded", "refund"]]);
    expect(await place.broker.verifyLedger()).toMatchObject({ ok: true });
    expect([runtime.failures, place.twin.requests.length, effects(place)]).toEqual([[], before, 0]);
  });

  test("is denied by the broker alone where local denials are off, or the broker offers none", async () => {
    for (const runtime of [runtimeOf(undefined, "off"), runtimeOf(() => undefined)]) {
      const frame = await runtime.run(async (inside) => {
        expect(await refund.execute(TOO_MUCH)).toMatchObject({ error: "access_denied" });
        return inside;
      });
      expect(runtime.acts()).toBe(1);
      expect(await madeByRuntimes(place, { id: frame.runId })).toEqual([]);
    }
  });

  test("is a subagent's own: its parent's projection denies it nothing, and allows it nothing", async () => {
    const runtime = runtimeOf();
    const child = await runtime.run(async () =>
      delegate({ agent: "reader@1" }, async (frame) => {
        expect(await refund.execute({ charge: "ch_a1", cents: 100 })).toMatchObject({
          reason: "not_granted",
        });
        expect(await look.execute({ charge: "ch_a1" })).toBe("seen");
        return frame;
      }),
    );
    expect(runtime.acts()).toBe(1);
    const [record, ...more] = await madeByRuntimes(place, { id: child.runId });
    expect(record?.body).toMatchObject({ agent: "reader@1", depth: 1, chain: ["support@3", "reader@1"] });
    expect(more).toEqual([]);
  });
});

describe("the broker's answer counts", () => {
  test("when a policy was activated meanwhile that denies what the projection leaves open", async () => {
    const runtime = runtimeOf();
    await runtime.run(async () => {
      expect(await refund.execute(TOO_MUCH)).toMatchObject({ reason: "limit_exceeded" });
      await activate(POLICY.replace("200.00 USD", "10.00 USD"));
      expect(await refund.execute({ charge: "ch_a1", cents: 4_200 })).toMatchObject({
        reason: "limit_exceeded",
      });
    });
    expect([runtime.acts(), effects(place)]).toEqual([1, 0]);
  });

  test("from the first answer by another policy on, when it was activated to allow what the projection denies", async () => {
    await activate(
      POLICY.replace(
        "args.charge: { ownedBy: tenant }, args.amount",
        'args.charge: { ownedBy: tenant, prefix: "/" }, args.amount',
      ),
    );
    const runtime = runtimeOf();
    const call = { charge: "ch_a1", cents: 4_200 };
    await runtime.run(async () => {
      expect(await refund.execute(call)).toMatchObject({ reason: "condition_failed" });
      expect(runtime.acts()).toBe(0);
      await activate(POLICY);
      expect(await look.execute({ charge: "ch_a1" })).toBe("seen");
      expect(await refund.execute(call)).toBe("done");
    });
    expect(runtime.acts()).toBe(2);
  });
});

describe("what is no projection of this broker for this agent denies nothing:", () => {
  const tampered = (token: string): string => {
    const [header, claims = "", signature] = token.split(".");
    const parsed = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
      projection: { grants: object[] };
    };
    parsed.projection.grants = [];
    return [header, Buffer.from(JSON.stringify(parsed)).toString("base64url"), signature].join(".");
  };
  test.for<{ name: string; change: (real: PolicyProjections) => PolicyProjections }>([
    {
      name: "one that was changed on the way",
      change: (real) => ({
        ...real,
        current: async (question) => {
          const answer = await real.current(question);
          return typeof answer === "string" ? answer : { ...answer, token: tampered(answer.token) };
        },
      }),
    },
    { name: "one whose key nobody publishes", change: (real) => ({ ...real, keys: async () => [] }) },
    {
      name: "another agent's",
      change: (real) => {
        let first: Awaited<ReturnType<PolicyProjections["current"]>> | undefined;
        return { ...real, current: async (question) => (first ??= await real.current(question)) };
      },
    },
    {
      name: "none at all",
      change: (real) => ({
        ...real,
        current: async () => {
          throw new Error("the way there is closed");
        },
      }),
    },
  ])("$name", async ({ name, change }) => {
    const runtime = runtimeOf(change);
    const fn = async (): Promise<unknown> => look.execute({ charge: "ch_a1" });
    if (name === "another agent's") {
      await runtime.run(async () => {
        await fn();
        // The child is given its parent's projection, by which it would be denied nothing here; it takes none.
        await delegate({ agent: "reader@1" }, async () => {
          expect(await refund.execute({ charge: "ch_a1", cents: 100 })).toMatchObject({
            reason: "not_granted",
          });
        });
      });
      expect(runtime.acts()).toBe(2);
    } else {
      await runtime.run(async () => {
        expect(await fn()).toBe("seen");
        expect(await refund.execute(TOO_MUCH)).toMatchObject({ error: "access_denied" });
      });
      expect(runtime.acts()).toBe(2);
    }
    expect(runtime.failures.length).toBeGreaterThan(0);
  });

  test("one whose time is over, while no newer one is to be had", async () => {
    let asked = 0;
    const runtime = runtimeOf((real) => ({
      ...real,
      current: async (question) => {
        asked += 1;
        if (asked > 1) throw new Error("the way there is closed");
        return real.current(question);
      },
    }));
    await runtime.run(async () => {
      expect(await refund.execute(TOO_MUCH)).toMatchObject({ reason: "limit_exceeded" });
      expect(runtime.acts()).toBe(0);
      place.clock.advance(610);
      await refund.execute(TOO_MUCH);
      expect(runtime.acts()).toBe(1);
    });
  });
});

describe("reporting", () => {
  test("that fails fails no tool and allows none; what waited is told with the next batch", async () => {
    let failing = 1;
    const runtime = runtimeOf((real) => ({
      ...real,
      report: async (token, batch) => {
        if (failing-- > 0) throw new Error("the way there is closed");
        return real.report(token, batch);
      },
    }));
    const frame = await runtime.run(async (inside) => {
      for (let call = 0; call < 70; call++)
        expect(await refund.execute(TOO_MUCH)).toMatchObject({ reason: "limit_exceeded" });
      return inside;
    });
    expect(runtime.acts()).toBe(0);
    expect(await madeByRuntimes(place, { id: frame.runId })).toHaveLength(70);
    expect(runtime.failures.length).toBeGreaterThan(0);
  });

  test("is bounded: what does not fit is a number", async () => {
    // Whenever it would be asked meanwhile, however long the calls take.
    let closed = true;
    const runtime = runtimeOf((real) => ({
      ...real,
      report: async (token, batch) => {
        if (closed) throw new Error("the way there is closed");
        return real.report(token, batch);
      },
    }));
    const frame = await runtime.run(async (inside) => {
      for (let call = 0; call < 520; call++) await refund.execute(TOO_MUCH);
      expect(runtime.acts()).toBe(0);
      closed = false;
      return inside;
    });
    place.clock.advance(60);
    await place.broker.sweep();
    const records = await madeByRuntimes(place, { id: frame.runId });
    const counted = records.filter(({ body }) => "count" in body).map(({ body }) => Number(body["count"]));
    expect(records.length - counted.length + counted.reduce((sum, one) => sum + one, 0)).toBe(520);
    expect(records.length).toBeLessThan(260);
  });
});

test("over HTTP, with the broker's nonce in the proof, all it takes is one projection and one batch", async () => {
  await using strict = await world({ broker: { proofNonce: "required" } });
  const http = brokerHttp(strict.broker);
  const asked: string[] = [];
  const runtime = createRuntime({
    broker: httpBroker({
      issuer: ISSUER,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const response = await http.fetch(request);
        asked.push(`${request.method} ${new URL(request.url).pathname} ${response.status}`);
        return response;
      },
    }),
    workload: () => strict.workloadToken(),
    agent: "support@3",
    clock: strict.clock,
  });
  const user = { token: await strict.userToken("dana", { org_id: "acme" }) };
  const frame = await runtime.run({ user }, async (inside) => {
    for (let call = 0; call < 3; call++)
      expect(await refund.execute(TOO_MUCH)).toMatchObject({ reason: "limit_exceeded" });
    return inside;
  });
  expect(asked).toEqual([
    "POST /token 400",
    "POST /token 200",
    "GET /.well-known/oauth-authorization-server 200",
    "GET /policy/projection 401",
    "GET /policy/projection 200",
    "GET /jwks 200",
    "POST /denials 200",
    "POST /runs/end 200",
  ]);
  expect(await madeByRuntimes(strict, { id: frame.runId })).toHaveLength(3);
});
