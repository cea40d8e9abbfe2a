import { newAction } from "@watchword/core";
import { afterEach, expect, test } from "vitest";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { type TestWorld, world } from "./world.ts";

let place: TestWorld | undefined;
afterEach(() => place?.[Symbol.asyncDispose]());

/** The answer to an act of a system whose credentials are texts, under a grant that says where they stay. */
async function closed(custody: "" | "    custody: released\n    acceptResidual: [ticket]\n") {
  const { adapter: own } = mintingSystem();
  const adapter: typeof own = { ...own, revoke: async () => "unsupported" };
  place = await world({
    policy: MINTING_POLICY.replace("    lease:", `${custody}    lease:`),
    systems: () => ({
      tickets: { ...adapter, capabilities: { ...adapter.capabilities, releasedAs: "text" } },
    }),
  });
  const answer = await place.act(
    await place.start(),
    newAction({ system: "tickets", operation: "tickets.close", resource: {}, arguments: { ticket: "t_1" } }),
    { request: ({ requested_token_type: _, ...request }) => request },
  );
  if (!answer.ok || answer.lease === undefined) throw new Error("no lease");
  return { place, lease: answer.lease, origins: adapter.origins };
}

test("what is released and is no Bearer token is for no origin, so that no fetch puts it on a request", async () => {
  const { lease } = await closed("    custody: released\n    acceptResidual: [ticket]\n");
  expect([lease.custody, lease.origins]).toEqual(["released", []]);
});

test("while it stays in the gateway, requests go to the system's origins as ever", async () => {
  const { lease, origins } = await closed("");
  expect([lease.custody, lease.origins]).toEqual(["gateway", origins]);
  expect(origins).not.toEqual([]);
});

test.for([
  ["", "injected_only"],
  ["    custody: released\n    acceptResidual: [ticket]\n", "unsupported"],
] as const)(
  "a credential that its system cannot end is told by who held it: %s%s",
  async ([custody, outcome]) => {
    const { place: opened, lease } = await closed(custody);
    opened.clock.advance(3_600);
    await opened.broker.sweep();
    const ends = (await opened.ledger()).filter(({ kind }) => kind === "revocation");
    expect(ends.map(({ body }) => [body["lease"], body["outcome"]])).toEqual([[lease.lease_id, outcome]]);
  },
);
