import { Refusal, TOKEN_EXCHANGE_GRANT, TOKEN_TYPE_URIS, readCompactJws, sha256 } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { delegate } from "../src/index.ts";
import { startHeartbeat, systemSchedule } from "../src/heartbeat.ts";
import { fakeRuntime, refundTool } from "./payments-tools.ts";
import { provedKey, tappedRuntime, testSchedule } from "./tapped-runtime.ts";

/** All that promises alone can bring about. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A heartbeat whose renewals answer from a list: seconds of the new token's life, or what is thrown. */
function heart(expiresIn: number, answers: (number | Error)[]) {
  const { timers, schedule } = testSchedule();
  const failures: unknown[] = [];
  const stop = startHeartbeat({
    expiresIn,
    schedule,
    renew: async () => {
      const answer = answers.shift() ?? new Error("nothing more was expected");
      if (typeof answer === "number") return answer;
      throw answer;
    },
    onFailure: (error) => void failures.push(error),
  });
  const beat = async (): Promise<void> => {
    timers.at(-1)?.fire();
    await settled();
  };
  return { timers, failures, stop, beat };
}

describe("a heartbeat", () => {
  test("renews in the middle of the token's life, and of the next one's", async () => {
    const { timers, failures, beat } = heart(600, [120, 600]);
    await beat();
    await beat();
    expect(timers.map(({ seconds }) => seconds)).toEqual([300, 60, 300]);
    expect(failures).toEqual([]);
  });

  test("stops when it is told to", async () => {
    const { timers, stop } = heart(600, []);
    stop();
    expect(timers).toMatchObject([{ cancelled: true }]);
  });

  test("that is stopped while it renews sets no timer and reports nothing", async () => {
    for (const answer of [600, new Error("late")]) {
      const { timers, failures, stop, beat } = heart(600, [answer]);
      const beating = beat();
      stop();
      await beating;
      expect([timers.length, failures]).toEqual([1, []]);
    }
  });

  test.for(["run_ended", "proof_invalid", "agent_not_allowed", "capability_exceeded"] as const)(
    "ends with a refusal that asking again cannot change: %s",
    async (reason) => {
      const { timers, failures, beat } = heart(600, [new Refusal(reason)]);
      await beat();
      expect(timers).toHaveLength(1);
      expect(failures).toMatchObject([{ reason }]);
    },
  );

  test.for([
    new Refusal("broker_unavailable"),
    new Refusal("ledger_unavailable"),
    new Refusal("downstream_unavailable"),
    new Refusal("state_changed"),
    new Refusal("frozen"),
    new TypeError("fetch failed"),
  ])("tries again when asking again can help: %s", async (error) => {
    const { timers, failures, beat } = heart(600, [error, error, 600]);
    await beat();
    await beat();
    await beat();
    expect(timers.map(({ seconds }) => seconds)).toEqual([300, 10, 10, 300]);
    expect(failures).toEqual([error, error]);
  });

  test("tries only while the token lives", async () => {
    const away = new Refusal("broker_unavailable");
    const { timers, failures, beat } = heart(60, [away, away, away]);
    for (let round = 0; round < 3; round += 1) await beat();
    const waited = timers.map(({ seconds }) => seconds);
    expect(waited).toEqual([30, 10, 10]);
    expect(waited.reduce((sum, seconds) => sum + seconds)).toBeLessThan(60);
    expect(failures).toHaveLength(3);
  });

  test("by the platform's timer keeps no process alive, and can be called off", () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const cancel = systemSchedule(() => undefined, 60_000);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout")).toHaveLength(before);
    cancel();
  });
});

describe("a run under way", () => {
  test("is renewed by its own key and token, and a fresh token of the workload", async () => {
    const { schedule, timers, next } = testSchedule();
    let made = 0;
    const workload = async (): Promise<string> => `workload-token-${++made}`;
    const { fake, runtime, asked } = tappedRuntime({}, { schedule, workload });
    await runtime.run({}, next);
    expect(timers.map(({ seconds }) => seconds)).toEqual([300, 300]);
    const [start, renewal] = asked;
    if (start === undefined || renewal === undefined) throw new Error("nothing was renewed");
    expect(renewal).toEqual({
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: expect.stringMatching(/^run-token\./),
      subject_token_type: TOKEN_TYPE_URIS.run,
      actor_token: "workload-token-2",
      actor_token_type: TOKEN_TYPE_URIS.workload,
      requested_token_type: TOKEN_TYPE_URIS.run,
      dpop: expect.anything(),
    });
    expect(await provedKey(renewal)).toEqual(await provedKey(start));
    expect(renewal.dpop).not.toBe(start.dpop);
    expect(fake.runs).toMatchObject([{ renewals: 1, ended: true }]);
  });

  test("acts under the new token from then on, and its assertion is bound to that one", async () => {
    const { schedule, next } = testSchedule();
    const { runtime, asked } = tappedRuntime({}, { schedule });
    const { tool } = refundTool(() => "done");
    await runtime.run({}, async (frame) => {
      expect(await tool.execute({ charge: "ch.1" })).toBe("done");
      await next();
      expect(await tool.execute({ charge: "ch.1" })).toBe("done");
      expect(await delegate({ agent: "lookup@1" }, (child) => child.parent)).toBe(frame.runId);
    });
    const [, before, renewal, after, delegated] = asked;
    expect(renewal?.subject_token).toBe(before?.subject_token);
    expect(after?.subject_token).not.toBe(before?.subject_token);
    expect(delegated?.subject_token).toBe(after?.subject_token);
    for (const request of [before, after, delegated])
      expect(readCompactJws(request?.actor_token).claims["ath"]).toBe(sha256(request?.subject_token ?? ""));
  });

  test("is not renewed after it, nor while it is being ended", async () => {
    const { schedule, timers } = testSchedule();
    const { fake } = fakeRuntime();
    const whenEnding: boolean[] = [];
    const broker: typeof fake.client = {
      ...fake.client,
      endRun: (...run) => {
        whenEnding.push(timers.every(({ cancelled }) => cancelled));
        return fake.client.endRun(...run);
      },
    };
    const { runtime } = fakeRuntime({}, { broker, schedule });
    await runtime.run({}, () => undefined);
    await expect(runtime.run({}, () => Promise.reject(new Error("bug")))).rejects.toThrow("bug");
    expect(whenEnding).toEqual([true, true]);
  });

  test("goes on under the token in hand when it is not renewed, and the app is told", async () => {
    const { schedule, timers } = testSchedule();
    const told = Promise.withResolvers<unknown>();
    const { runtime, asked } = tappedRuntime(
      { renew: () => "agent_not_allowed" },
      { schedule, onRenewFailure: (error, { agent }) => told.resolve([error, agent]) },
    );
    const { tool } = refundTool(() => "done");
    await runtime.run({}, async () => {
      timers[0]?.fire();
      expect(await told.promise).toMatchObject([
        { reason: "agent_not_allowed", decisionId: expect.stringMatching(/^dec_/) },
        "support@3",
      ]);
      expect(await tool.execute({ charge: "ch.1" })).toBe("done");
    });
    expect(timers).toHaveLength(1);
    expect(asked[2]?.subject_token).toBe(asked[1]?.subject_token);
  });

  test("survives a broker that was away for a while", async () => {
    const { schedule, timers, next } = testSchedule();
    let away = true;
    const { fake, runtime } = fakeRuntime(
      { renew: () => (away ? "broker_unavailable" : undefined) },
      { schedule },
    );
    await runtime.run({}, async () => {
      await next();
      away = false;
      await next();
    });
    expect(timers.map(({ seconds }) => seconds)).toEqual([300, 10, 300]);
    expect(fake.runs).toMatchObject([{ renewals: 1 }]);
  });

  test("lends its heartbeat to no subagent: that one's run just ends", async () => {
    const { schedule, timers } = testSchedule();
    const { runtime } = fakeRuntime({}, { schedule });
    await runtime.run({}, () => delegate({ agent: "lookup@1" }, () => undefined));
    expect(timers).toHaveLength(1);
  });
});
