import { newAction } from "@watchword/core";
import { afterEach, expect, test } from "vitest";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { type TestWorld, world } from "./world.ts";

let place: TestWorld | undefined;
afterEach(() => place?.[Symbol.asyncDispose]());

/** The answer to an act of a system whose credentials are texts, under a grant that says where they stay. */
async function closed(custody: "" | "    custody: released\n    acceptResidual: [ticket]\n") {
  const { adapter } = mintingSystem();
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
  return { lease: answer.lease, origins: adapter.origins };
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
