import { readCompactJws } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { refundTool } from "./payments-tools.ts";
import { tappedRuntime, testSchedule } from "./tapped-runtime.ts";

/** All that promises alone can bring about. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A run whose tool goes on until the test lets it return. */
async function longTool(
  options: Parameters<typeof tappedRuntime>[0],
  during: (place: {
    readonly timers: ReturnType<typeof testSchedule>["timers"];
    readonly steps: () => unknown[];
    readonly leaseId: string;
    readonly errors: unknown[];
    readonly next: () => Promise<void>;
  }) => Promise<void>,
) {
  const { timers, schedule, next } = testSchedule();
  const errors: unknown[] = [];
  const { runtime, asked } = tappedRuntime(options, {
    schedule,
    onToolError: (error) => void errors.push(error),
  });
  const steps = (): unknown[] =>
    asked
      .map(({ actor_token: token = "" }) => claimsOf(token)["prolong"])
      .filter((step) => step !== undefined);
  const { tool } = refundTool(async ({ leaseId }) => during({ timers, steps, leaseId, errors, next }));
  await runtime.run({ user: { token: "user" } }, () => tool.execute({ charge: "ch.1" }));
  return { timers, steps, errors };
}

function claimsOf(token: string): { readonly [name: string]: unknown } {
  return token.split(".").length === 3 ? readCompactJws(token).claims : {};
}

describe("the lease of a job", () => {
  test("is prolonged in the middle of each step, up to its last, and by no timer after the tool", async () => {
    const { timers, steps, errors } = await longTool(
      { jobSeconds: 150 },
      async ({ leaseId, next, ...place }) => {
        expect(place.timers.at(-1)?.seconds).toBe(30);
        await next();
        expect(place.steps()).toEqual([leaseId]);
        place.timers.at(-1)?.fire();
        await settled();
        await expect.poll(place.steps).toEqual([leaseId, leaseId]);
      },
    );
    expect(errors).toEqual([]);
    expect(steps()).toHaveLength(2);
    expect(timers.every(({ cancelled, seconds }) => cancelled || seconds <= 30)).toBe(true);
  });

  test("is let go when the tool is done, and the run's own heartbeat with the run", async () => {
    const { timers, steps } = await longTool({ jobSeconds: 150 }, async () => undefined);
    expect(timers.map(({ cancelled }) => cancelled)).toEqual([true, true]);
    expect(steps()).toEqual([]);
  });

  test("that is refused for good is not asked for again, and the operator is told", async () => {
    let acts = 0;
    const decide = () => (acts++ === 0 ? "allow" : "lease_expired") as "allow";
    await longTool({ jobSeconds: 150, decide }, async ({ timers, errors }) => {
      timers.at(-1)?.fire();
      await expect.poll(() => errors.length).toBe(1);
      expect(timers).toHaveLength(2);
    });
  });
});

test("a lease for one action sets no timer", async () => {
  const { timers } = await longTool({}, async () => undefined);
  expect(timers).toHaveLength(1);
});
