import { actionDigest } from "@watchword/core";
import { expect, test } from "vitest";
import type { PendingAction } from "../src/index.ts";
import { fakeRuntime, refundTool } from "./payments-tools.ts";

const ID = `apr_${"0".repeat(32)}`;
const waits = {
  decide: (_action: unknown, approvalId: string | undefined) =>
    approvalId === ID ? ("allow" as const) : ({ reason: "approval_required", approvalId: ID } as const),
};

test("an action that waits for a person is a denial with the approval's id and link, and without the transaction", async () => {
  const { fake, runtime } = fakeRuntime(waits);
  const { tool, calls } = refundTool(() => "done");
  const result = await runtime.run({}, () => tool.execute({ charge: "ch.1", cents: 19_000 }));
  expect(result).toEqual({
    error: "approval_required",
    reason: "approval_required",
    decision_id: expect.stringMatching(/^dec_/),
    retryable: true,
    approval_id: ID,
    approval_url: `https://broker.example/approvals/${ID}`,
  });
  expect(JSON.stringify(result)).not.toContain(fake.proposals[0]?.action.txn);
  expect(calls).toEqual([]);
});

test("after a restart the same action goes on: same transaction, same digest, a new run", async () => {
  const first = fakeRuntime(waits);
  let stored = "";
  await first.runtime.run({ thread: "t-1" }, () =>
    refundTool(() => "done").tool.execute(
      { charge: "ch.1", cents: 19_000 },
      { toolCallId: "call_7", onApprovalRequired: (pending) => void (stored = JSON.stringify(pending)) },
    ),
  );
  const pending = JSON.parse(stored) as PendingAction;
  expect(first.runtime.pending(ID)).toEqual(pending);
  expect(pending).toMatchObject({ approval_id: ID, tool: "refund", call_id: "call_7" });

  const second = fakeRuntime(waits);
  const { tool, calls } = refundTool(() => "done");
  expect(
    await second.runtime.resume("t-1", {}, () =>
      tool.execute({ charge: "ch.1", cents: 19_000 }, { pending }),
    ),
  ).toBe("done");
  const [before, after] = [first.fake.proposals[0], second.fake.proposals[0]];
  expect(after).toMatchObject({ approvalId: ID, callId: "call_7" });
  expect(after && actionDigest(after.action)).toBe(before && actionDigest(before.action));
  expect(calls).toHaveLength(1);
});

test("another action under the same transaction is left to the broker to refuse", async () => {
  const { fake, runtime } = fakeRuntime({
    decide: (_action, approvalId) =>
      approvalId === undefined ? { reason: "approval_required", approvalId: ID } : "approval_mismatch",
  });
  const { tool, calls } = refundTool(() => "done");
  await runtime.run({}, () => tool.execute({ charge: "ch.1", cents: 19_000 }));
  const pending = runtime.pending(ID);
  const result = await runtime.run({}, () =>
    tool.execute({ charge: "ch.1", cents: 15_000 }, pending === undefined ? {} : { pending }),
  );
  expect(result).toMatchObject({ reason: "approval_mismatch", retryable: false });
  expect(new Set(fake.proposals.map(({ action }) => action.txn)).size).toBe(1);
  expect(new Set(fake.proposals.map(({ action }) => actionDigest(action))).size).toBe(2);
  expect(calls).toEqual([]);
});

test("a listener that fails to store changes nothing for the model", async () => {
  const errors: unknown[] = [];
  const { runtime } = fakeRuntime(waits, { onToolError: (error) => void errors.push(error) });
  const { tool } = refundTool(() => "done");
  const result = await runtime.run({}, () =>
    tool.execute({ charge: "ch.1" }, { onApprovalRequired: () => Promise.reject(new Error("canary")) }),
  );
  expect(result).toMatchObject({ reason: "approval_required", approval_id: ID });
  expect(errors).toHaveLength(1);
});
