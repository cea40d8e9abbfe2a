import { inspect } from "node:util";
import {
  ASSERTION_SECONDS,
  CLAIMS,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  agentUri,
  publicJwkOf,
  readCompactJws,
  runUri,
  sha256,
  thumbprint,
  verificationKey,
  verifySignature,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { capability, currentRun, delegate } from "../src/index.ts";
import { NOW, fakeRuntime, payments, refundTool } from "./payments-tools.ts";
import { provedKey, tappedRuntime } from "./tapped-runtime.ts";

const child = { agent: "lookup@1" };

describe("what a parent signs", () => {
  test("is exactly the claims of the contract, with its own key, about the child's", async () => {
    const { fake, runtime, asked } = tappedRuntime();
    const ceiling = [capability(payments.refundsCreate, { limits: { charge: { in: ["ch.1"] } } })];
    const parent = await runtime.run({}, async (frame) => {
      await delegate({ ...child, ceiling, lifetimeSeconds: 30 }, () => undefined);
      return frame;
    });
    const [start, request] = asked;
    if (start === undefined || request === undefined) throw new Error("nothing was delegated");
    const statement = readCompactJws(request.actor_token);
    expect(request).toEqual({
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: expect.stringMatching(/^run-token\./),
      subject_token_type: TOKEN_TYPE_URIS.run,
      actor_token: statement.token,
      actor_token_type: TOKEN_TYPE_URIS.delegation,
      requested_token_type: TOKEN_TYPE_URIS.run,
      dpop: expect.anything(),
    });
    expect(statement.header.typ).toBe(TOKEN_TYPES.delegation);
    expect(statement.claims).toEqual({
      iss: runUri(parent.runId),
      sub: agentUri("support@3"),
      aud: fake.client.issuer,
      iat: NOW,
      exp: NOW + ASSERTION_SECONDS,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      txn: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      ath: sha256(request.subject_token),
      child: { agent: "lookup@1", lifetime_seconds: 30 },
      cnf: { jkt: await thumbprint(publicJwkOf(await provedKey(request))) },
      [CLAIMS.ceiling]: ceiling,
    });
    const parentKey = await verificationKey("parent", publicJwkOf(await provedKey(start)));
    await expect(verifySignature(statement, parentKey.key, ["ES256"])).resolves.toBeUndefined();
    expect(await provedKey(request)).not.toEqual(await provedKey(start));
    expect(fake.runs[1]).toMatchObject({ agent: "lookup@1", parent: parent.runId, ceiling });
  });

  test("leaves out what was not said: the rule and the parent then bound the child", async () => {
    const { runtime, asked } = tappedRuntime();
    await runtime.run({}, () => delegate(child, () => undefined));
    const { claims } = readCompactJws(asked[1]?.actor_token);
    expect(claims["child"]).toEqual({ agent: "lookup@1" });
    expect(Object.keys(claims)).not.toContain(CLAIMS.ceiling);
  });

  test("is said once, for one fresh key: two children have neither statement nor key in common", async () => {
    const { runtime, asked } = tappedRuntime();
    await runtime.run({}, async () => {
      await delegate(child, () => undefined);
      await delegate(child, () => undefined);
    });
    const [first, second] = asked.slice(1).map(({ actor_token }) => readCompactJws(actor_token).claims);
    for (const name of ["jti", "txn", "cnf"]) expect(first?.[name]).not.toEqual(second?.[name]);
  });
});

describe("the frame inside", () => {
  test("is the child's, and around it the parent's again", async () => {
    const { fake, runtime } = fakeRuntime();
    const seen = await runtime.run({ user: { token: "user-token" }, thread: "t-1" }, async (parent) => {
      const inside = await delegate(child, (frame) => {
        expect(currentRun()).toBe(frame);
        return frame;
      });
      expect(currentRun()).toBe(parent);
      return { parent, inside };
    });
    expect(seen.inside).toEqual({
      ...seen.parent,
      runId: fake.runs[1]?.runId,
      agent: "lookup@1",
      parent: seen.parent.runId,
      root: seen.parent.runId,
      chain: ["support@3", "lookup@1"],
    });
    expect(seen.inside.runId).not.toBe(seen.parent.runId);
    expect(Object.isFrozen(seen.inside)).toBe(true);
    expect(currentRun()).toBeUndefined();
  });

  test("nests: a grandchild descends from both and comes back to the child", async () => {
    const { runtime } = fakeRuntime();
    await runtime.run({}, (root) =>
      delegate(child, async (middle) => {
        await delegate({ agent: "reader@2" }, (inner) => {
          expect(inner).toMatchObject({ parent: middle.runId, root: root.runId });
          expect(inner.chain).toEqual(["support@3", "lookup@1", "reader@2"]);
        });
        expect(currentRun()).toBe(middle);
      }),
    );
  });

  test("stays with its child when several run at once, beside the parent itself", async () => {
    const { fake, runtime } = fakeRuntime();
    const { tool } = refundTool(() => currentRun()?.runId);
    const call = async (frame = currentRun()) => [frame?.runId, await tool.execute({ charge: "ch.1" })];
    const results = await runtime.run({}, () =>
      Promise.all([call(), ...Array.from({ length: 6 }, () => delegate(child, call))]),
    );
    expect(results.every(([own, inTool]) => own === inTool)).toBe(true);
    expect(new Set(fake.proposals.map(({ claims }) => claims["iss"])).size).toBe(7);
  });

  test("is all that the child gets: its calls go under its own token and key, never under the parent's", async () => {
    const { runtime, asked } = tappedRuntime();
    const { tool } = refundTool(() => "done");
    const frame = await runtime.run({}, () =>
      delegate(child, async (own) => (await tool.execute({ charge: "ch.1" }), own)),
    );
    const [, delegated, acted] = asked;
    expect(acted?.subject_token_type).toBe(TOKEN_TYPE_URIS.run);
    expect(acted?.subject_token).not.toBe(delegated?.subject_token);
    expect(readCompactJws(acted?.actor_token).claims).toMatchObject({
      iss: runUri(frame.runId),
      sub: agentUri("lookup@1"),
      ath: sha256(acted?.subject_token ?? ""),
    });
    const text = JSON.stringify(frame) + inspect(frame, { depth: 9, showHidden: true });
    for (const token of [delegated?.subject_token, acted?.subject_token, delegated?.actor_token])
      expect(text).not.toContain(token);
  });
});

describe("the child's run is ended at the broker", () => {
  test("when its function returns, before the parent's", async () => {
    const { fake, runtime } = fakeRuntime();
    await runtime.run({}, async () => {
      expect(await delegate(child, () => "result")).toBe("result");
      expect(fake.runs.map(({ ended }) => ended)).toEqual([false, true]);
    });
    expect(fake.runs.map(({ ended }) => ended)).toEqual([true, true]);
  });

  test("when its function throws, and the error stays what it was", async () => {
    const { fake, runtime } = fakeRuntime();
    const error = new Error("of the subagent");
    await runtime.run({}, async () => {
      await expect(delegate(child, () => Promise.reject(error))).rejects.toBe(error);
      expect(fake.runs[1]).toMatchObject({ ended: true });
    });
  });

  test("or that is said, and the result stays", async () => {
    const { fake } = fakeRuntime();
    const told: unknown[] = [];
    const { runtime } = fakeRuntime(
      {},
      {
        broker: { ...fake.client, endRun: () => Promise.reject(new Error("away")) },
        onEndFailure: (_error, frame) => void told.push(frame.agent),
      },
    );
    expect(await runtime.run({}, () => delegate(child, () => "result"))).toBe("result");
    expect(told).toEqual(["lookup@1", "support@3"]);
  });

  test("and a call that got out of it reaches nobody any more", async () => {
    const { fake, runtime } = fakeRuntime();
    const { tool, calls } = refundTool(() => "done");
    const gate = Promise.withResolvers<void>();
    await runtime.run({}, async () => {
      let late: Promise<unknown> = Promise.resolve();
      await delegate(child, () => void (late = gate.promise.then(() => tool.execute({ charge: "ch.1" }))));
      gate.resolve();
      expect(await late).toMatchObject({ reason: "run_ended" });
    });
    expect([calls, fake.proposals]).toEqual([[], []]);
  });
});

describe("no child is started, and its function is not called", () => {
  test("when the broker refuses: the reason and the decision's id", async () => {
    const { fake, runtime } = fakeRuntime({ delegationRefuses: "capability_exceeded" });
    let called = false;
    await runtime.run({}, async (parent) => {
      await expect(delegate(child, () => void (called = true))).rejects.toMatchObject({
        name: "Refusal",
        reason: "capability_exceeded",
        decisionId: expect.stringMatching(/^dec_/),
      });
      expect(currentRun()).toBe(parent);
    });
    expect([called, fake.runs.length]).toEqual([false, 1]);
  });

  test("outside of a run: no_run", async () => {
    await expect(delegate(child, () => "started")).rejects.toMatchObject({ reason: "no_run" });
  });

  test("after the run: run_ended, and nobody is asked", async () => {
    const { runtime, asked } = tappedRuntime();
    const gate = Promise.withResolvers<void>();
    let late: Promise<unknown> = Promise.resolve();
    await runtime.run({}, () => {
      late = gate.promise.then(() => delegate(child, () => "started"));
    });
    const told = expect(late).rejects.toMatchObject({ reason: "run_ended", failedFact: "run" });
    gate.resolve();
    await told;
    expect(asked).toHaveLength(1);
  });

  test("when the parent ended while the broker answered: run_ended", async () => {
    const { fake } = fakeRuntime();
    const [arrived, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const broker: typeof fake.client = {
      ...fake.client,
      token: async (request) => {
        const answer = await fake.client.token(request);
        if (request.actor_token_type !== TOKEN_TYPE_URIS.delegation) return answer;
        arrived.resolve();
        await goOn.promise;
        return answer;
      },
    };
    const { runtime } = fakeRuntime({}, { broker });
    let called = false;
    let late: Promise<unknown> = Promise.resolve();
    await runtime.run({}, async () => {
      late = delegate(child, () => void (called = true));
      await arrived.promise;
    });
    const told = expect(late).rejects.toMatchObject({ reason: "run_ended" });
    goOn.resolve();
    await told;
    expect(called).toBe(false);
  });

  test("when the broker's answer is none: internal", async () => {
    const { fake } = fakeRuntime();
    const broker: typeof fake.client = {
      ...fake.client,
      token: async (request) => {
        const answer = await fake.client.token(request);
        if (!answer.ok || request.actor_token_type !== TOKEN_TYPE_URIS.delegation) return answer;
        const { run: _run, ...rest } = answer;
        return rest;
      },
    };
    const { runtime } = fakeRuntime({}, { broker });
    await runtime.run({}, async () => {
      await expect(delegate(child, () => "started")).rejects.toMatchObject({ reason: "internal" });
    });
  });

  test.for(["lookup", "", "Lookup@1", "lookup@", "lookup@1 "])(
    "when %j is not name@version: a TypeError",
    async (agent) => {
      const { runtime, asked } = tappedRuntime();
      await runtime.run({}, async () => {
        await expect(delegate({ agent }, () => "started")).rejects.toThrow(TypeError);
      });
      expect(asked).toHaveLength(1);
    },
  );
});
