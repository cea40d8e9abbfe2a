import { newAction } from "@watchword/core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type TestRun, type TestWorld, world } from "./world.ts";

let place: TestWorld;
let run: TestRun;
beforeAll(async () => {
  place = await world();
  run = await place.start();
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => place[Symbol.asyncDispose]());

async function outcome(): Promise<string> {
  const read = {
    system: "payments",
    operation: "charges.retrieve",
    resource: {},
    arguments: { charge: "ch_a1" },
  };
  const answer = await place.act(run, newAction(read));
  return answer.ok ? "allowed" : answer.reason;
}

function reads(): () => Record<string, number> {
  const names = ["epochs", "frozen", "connections"] as const;
  const spies = names.map((name) => [name, vi.spyOn(place.store, name)] as const);
  return () => Object.fromEntries(spies.map(([name, spy]) => [name, spy.mock.calls.length]));
}

test("under the same epochs neither freezes nor connections are read again; the epochs are, for every act", async () => {
  expect(await outcome()).toBe("allowed");
  const counts = reads();
  expect([await outcome(), await outcome()]).toEqual(["allowed", "allowed"]);
  expect(counts()).toEqual({ epochs: 2, frozen: 0, connections: 0 });
});

test.for(["tenant:acme", "system:payments", "agent:support"] as const)(
  "a newer epoch of %s, whoever raised it, has both read again by the very next act",
  async (subject) => {
    expect(await outcome()).toBe("allowed");
    const entry = { kind: "tenant", at: place.clock.now(), tenant: "acme", body: {} } as const;
    await place.store.advanceEpoch(subject, entry);
    const counts = reads();
    expect([await outcome(), await outcome()]).toEqual(["allowed", "allowed"]);
    expect(counts()).toEqual({ epochs: 2, frozen: 1, connections: 1 });
  },
);
