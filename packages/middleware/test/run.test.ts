import { type TokenRequest, TOKEN_TYPE_URIS, parseStrictJson, sha256 } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { createRuntime, currentRun } from "../src/index.ts";
import { fakeRuntime, refundTool } from "./payments-tools.ts";
import { provedKey } from "./tapped-runtime.ts";

describe("starting a run", () => {
  test("shows the user's token as subject and the workload's as actor", async () => {
    const asked: TokenRequest[] = [];
    const { fake } = fakeRuntime();
    const { runtime } = fakeRuntime(
      {},
      { broker: { ...fake.client, token: (request) => (asked.push(request), fake.client.token(request)) } },
    );
    const ceiling = [{ system: "payments", operation: "refunds.create", resource: {}, limits: {} }];
    await runtime.run(
      { user: { token: "user-token" }, thread: "t-1", ceiling, background: true, tenant: "acme" },
      () => undefined,
    );
    expect(asked[0]).toMatchObject({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: "user-token",
      subject_token_type: TOKEN_TYPE_URIS.idToken,
      actor_token: "workload-token",
      actor_token_type: TOKEN_TYPE_URIS.workload,
      requested_token_type: TOKEN_TYPE_URIS.run,
    });
    expect(parseStrictJson(asked[0]?.authorization_details ?? "")).toEqual([
      {
        type: "urn:watchword:authorization-details:run",
        agent: "support@3",
        thread: "t-1",
        background: true,
        ceiling,
        tenant: "acme",
      },
    ]);
  });

  test("is autonomous without a user: the workload's token is both", async () => {
    const { fake, runtime } = fakeRuntime();
    await runtime.run({}, () => undefined);
    expect(fake.runs).toMatchObject([{ agent: "support@3", background: false, userToken: undefined }]);
  });

  test("that is refused throws the reason and does not call the function", async () => {
    const { fake, runtime } = fakeRuntime({ startRefuses: "agent_not_allowed" });
    let called = false;
    await expect(runtime.run({}, () => void (called = true))).rejects.toMatchObject({
      name: "Refusal",
      reason: "agent_not_allowed",
    });
    expect([called, fake.runs]).toEqual([false, []]);
  });

  test("makes a new key for every run", async () => {
    const asked: TokenRequest[] = [];
    const { fake } = fakeRuntime();
    const { runtime } = fakeRuntime(
      {},
      {
        broker: {
          ...fake.client,
          token: (request) => (asked.push(request), fake.client.token(request)),
        },
      },
    );
    await runtime.run({}, () => undefined);
    await runtime.resume("thread", {}, () => undefined);
    const keys = await Promise.all(asked.map(provedKey));
    expect(new Set(keys.map((key) => JSON.stringify(key))).size).toBe(2);
    expect(fake.runs[1]?.thread).toBe("thread");
  });

  test("needs an agent with a version", () => {
    const { fake } = fakeRuntime();
    for (const agent of ["support", "", "Support@3", "support@"])
      expect(() => createRuntime({ broker: fake.client, workload: async () => "w", agent })).toThrow(
        TypeError,
      );
  });
});

describe("a frame", () => {
  test("names the run and holds nothing else", async () => {
    const { fake, runtime } = fakeRuntime({ tenant: "globex" });
    expect(currentRun()).toBeUndefined();
    const frame = await runtime.run({ thread: "t-1" }, () => currentRun());
    expect(frame).toEqual({
      runId: fake.runs[0]?.runId,
      tenant: "globex",
      thread: "t-1",
      agent: "support@3",
      root: fake.runs[0]?.runId,
      parent: undefined,
      chain: ["support@3"],
      principalKind: "agent",
      principalHash: sha256("support@3"),
      background: false,
    });
    expect(Object.isFrozen(frame)).toBe(true);
    expect(currentRun()).toBeUndefined();
  });

  test("stays with its run when many run at once", async () => {
    const { fake, runtime } = fakeRuntime();
    const { tool } = refundTool(() => currentRun()?.runId);
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        runtime.run({}, async (frame) => [frame.runId, await tool.execute({ charge: "ch.1" })]),
      ),
    );
    expect(results.every(([own, seen]) => own === seen)).toBe(true);
    expect(new Set(fake.proposals.map(({ claims }) => claims["iss"])).size).toBe(8);
  });
});

describe("a run ends at the broker", () => {
  test("when its function returns", async () => {
    const { fake, runtime } = fakeRuntime();
    expect(await runtime.run({}, () => "result")).toBe("result");
    expect(fake.runs).toMatchObject([{ ended: true }]);
  });

  test("when its function throws, and the error stays what it was", async () => {
    const { fake, runtime } = fakeRuntime();
    const error = new Error("of the app");
    await expect(runtime.run({}, () => Promise.reject(error))).rejects.toBe(error);
    expect(fake.runs).toMatchObject([{ ended: true }]);
  });

  test("or, when the broker is away, that is said and the result stays", async () => {
    const { fake } = fakeRuntime();
    const failures: unknown[] = [];
    const { runtime } = fakeRuntime(
      {},
      {
        broker: { ...fake.client, endRun: () => Promise.reject(new Error("away")) },
        onEndFailure: (error, frame) => void failures.push([String(error), frame.agent]),
      },
    );
    expect(await runtime.run({}, () => "result")).toBe("result");
    expect(failures).toEqual([["Error: away", "support@3"]]);
  });
});

test("listeners that fail later change nothing", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const { fake } = fakeRuntime();
  const { runtime } = fakeRuntime(
    {},
    {
      broker: { ...fake.client, endRun: () => Promise.reject(new Error("away")) },
      onToolError: async () => Promise.reject(new Error("log")),
      onEndFailure: async () => Promise.reject(new Error("log")),
    },
  );
  const { tool } = refundTool(() => Promise.reject(new Error("bug")));
  expect(await runtime.run({}, () => tool.execute({ charge: "ch.1" }))).toMatchObject({
    reason: "tool_failed",
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("a guarded tool never throws, whatever stands in place of its options", async () => {
  const { runtime } = fakeRuntime();
  const { tool } = refundTool(() => "done");
  for (const options of [null, undefined, 7])
    expect(
      await runtime.run({}, () => tool.execute({ charge: "ch.1" }, options as unknown as undefined)),
    ).toBe("done");
  const pending = null as unknown as undefined;
  expect(await runtime.run({}, () => tool.execute({ charge: "ch.1" }, { pending } as never))).toBe("done");
});
