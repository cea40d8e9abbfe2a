import { Refusal } from "@watchword/core";
import { expect, test } from "vitest";
import { currentRun, narrow } from "../src/index.ts";
import { fakeRuntime, refundTool } from "./payments-tools.ts";

const child = { agent: "research@1" };

test("a narrowed tool runs as the subagent, with the arguments it was called with", async () => {
  const { fake, runtime } = fakeRuntime();
  const { tool } = refundTool(() => "refunded");
  const research = narrow(
    {
      name: "research",
      execute: async (task: { charge: string }, depth: number) => [
        task.charge,
        depth,
        currentRun()?.agent,
        await tool.execute(task),
      ],
    },
    child,
  );
  expect(await runtime.run({}, () => research.execute({ charge: "ch.1" }, 2))).toEqual([
    "ch.1",
    2,
    "research@1",
    "refunded",
  ]);
  expect(fake.proposals[0]?.claims).toMatchObject({ sub: "urn:watchword:agent:research@1" });
  expect(fake.runs.map(({ ended }) => ended)).toEqual([true, true]);
});

test("its options may depend on the call", async () => {
  const { fake, runtime } = fakeRuntime();
  const research = narrow({ name: "research", execute: (_task: { topic: string }) => "found" }, (task) => ({
    agent: `${task.topic}@1`,
    ceiling: [],
  }));
  await runtime.run({}, () => research.execute({ topic: "prices" }));
  expect(fake.runs[1]).toMatchObject({ agent: "prices@1", ceiling: [] });
});

test("a refused delegation is a denial with the decision's id, and the tool is not called", async () => {
  const { runtime } = fakeRuntime({ delegationRefuses: "not_granted" });
  let called = false;
  const research = narrow({ name: "research", execute: () => void (called = true) }, child);
  expect(await runtime.run({}, () => research.execute())).toEqual({
    error: "access_denied",
    reason: "not_granted",
    decision_id: expect.stringMatching(/^dec_/),
    retryable: false,
  });
  expect(called).toBe(false);
});

test.for([
  ["outside of a run", child, "no_run"],
  ["for an agent without a version", { agent: "research" }, "internal"],
  [
    "when its options cannot be had",
    () => {
      throw new Error("canary");
    },
    "internal",
  ],
] as const)("%s it is a denial, too, and quotes nothing", async ([, options, reason]) => {
  let called = false;
  const research = narrow({ name: "research", execute: () => void (called = true) }, options);
  const result = await research.execute();
  expect(result).toMatchObject({ reason });
  expect(JSON.stringify(result)).not.toContain("canary");
  expect(called).toBe(false);
});

test.for([new Error("of the subagent"), new Refusal("not_granted", { detail: "of the subagent" })])(
  "an error of the subagent itself passes, as it is: %s",
  async (error) => {
    const { fake, runtime } = fakeRuntime();
    const research = narrow({ name: "research", execute: () => Promise.reject(error) }, child);
    await runtime.run({}, async () => {
      await expect(research.execute()).rejects.toBe(error);
      expect(fake.runs[1]).toMatchObject({ ended: true });
    });
  },
);

test("everything else about the tool stays: prototype, accessors, hidden members, `this`", async () => {
  class Researcher {
    readonly name = "research";
    readonly #secret = "kept";
    execute(): string {
      return this.#secret;
    }
    describe(): string {
      return `${this.name}, described`;
    }
  }
  const mark = Symbol("mark");
  let reads = 0;
  const original = Object.defineProperties(new Researcher(), {
    hidden: { value: "hidden", enumerable: false },
    schema: { get: () => ++reads, enumerable: true },
    [mark]: { value: "marked", enumerable: true },
  });
  const { runtime } = fakeRuntime();
  const narrowed = narrow(original, child);
  expect(reads).toBe(0);
  expect(narrowed).toBeInstanceOf(Researcher);
  expect((narrowed as unknown as Researcher).describe()).toBe("research, described");
  const { execute: _own, ...others } = Object.getOwnPropertyDescriptors(narrowed);
  expect(others).toEqual(Object.getOwnPropertyDescriptors(original));
  expect(await runtime.run({}, () => narrowed.execute())).toBe("kept");
  expect(original.execute()).toBe("kept");
});
