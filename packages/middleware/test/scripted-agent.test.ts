import { expect, test } from "vitest";
import { scriptedAgent } from "../src/testing/index.ts";
import { fakeRuntime, refundTool } from "./payments-tools.ts";

test("a scripted agent calls guarded tools in order, and may look at what came before", async () => {
  const { fake, runtime } = fakeRuntime({
    decide: ({ arguments: { charge } }) => (charge === "ch.1" ? "allow" : "tenant_mismatch"),
  });
  const { tool } = refundTool(() => "refunded");
  const agent = scriptedAgent([
    { tool: "refund", arguments: { charge: "ch.1" } },
    (transcript) =>
      transcript[0]?.result === "refunded"
        ? { tool: "refund", arguments: { charge: "ch.other" } }
        : undefined,
    () => undefined,
    { tool: "refund", arguments: { charge: "ch.never" } },
  ]);
  const transcript = await runtime.run({}, () => agent.run({ refund: tool }));
  expect(transcript.map(({ callId, result }) => [callId, result])).toEqual([
    ["call_1", "refunded"],
    ["call_2", expect.objectContaining({ reason: "tenant_mismatch" })],
  ]);
  expect(fake.proposals.map(({ callId }) => callId)).toEqual(["call_1", "call_2"]);
});

test("a script cannot call a tool that is not there", async () => {
  await expect(scriptedAgent([{ tool: "constructor", arguments: {} }]).run({})).rejects.toThrow("no tool");
});
