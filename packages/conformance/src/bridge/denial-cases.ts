import { expect } from "vitest";
import { TOOL, bridgeWorld, findWith, guardedTool, said } from "./bridge-world.ts";
import type { BridgeCase } from "./bridge-fixture.ts";

const APPROVAL = `apr_${"0".repeat(32)}`;
const MEMBERS = ["error", "reason", "decision_id", "retryable", "approval_id", "approval_url", "retry_after"];
const waits = (_action: unknown, approvalId: string | undefined) =>
  approvalId === APPROVAL
    ? ("allow" as const)
    : ({ reason: "approval_required", approvalId: APPROVAL } as const);

/** The denial in what the model is shown, which must say no more than a denial may. */
function denialIn(shown: unknown): Readonly<Record<string, unknown>> {
  const denied = findWith(shown, "reason");
  expect(denied, "a denial comes back as data").toBeDefined();
  expect(Object.keys(denied ?? {}).filter((member) => !MEMBERS.includes(member))).toEqual([]);
  return denied ?? {};
}

/** What the model is shown instead of a result. */
export const DENIAL_CASES: readonly BridgeCase[] = [
  {
    name: "a denial is shown as data: reason, decision id, whether to try again; the tool is not called",
    check: async (fixture) => {
      let calls = 0;
      const agent = await fixture.register({ [TOOL]: guardedTool(fixture, () => (calls += 1)) });
      const { call, broker } = bridgeWorld(fixture, { decide: () => "tenant_mismatch" });
      expect(denialIn(await call(agent, { ticket: "t.1" }))).toEqual({
        error: "access_denied",
        reason: "tenant_mismatch",
        decision_id: expect.stringMatching(/^dec_/),
        retryable: false,
      });
      expect([calls, broker.requests]).toEqual([0, []]);
    },
  },
  {
    name: "outside of a run nothing is called: no_run",
    check: async (fixture) => {
      let calls = 0;
      const agent = await fixture.register({ [TOOL]: guardedTool(fixture, () => (calls += 1)) });
      const { callHere, broker } = bridgeWorld(fixture);
      expect(denialIn(await callHere(agent, { ticket: "t.1" }))).toMatchObject({ reason: "no_run" });
      expect([calls, broker.proposals]).toEqual([0, []]);
    },
  },
  {
    name: "a broker that is away denies, and the model is not shown how: internal",
    check: async (fixture) => {
      let calls = 0;
      const agent = await fixture.register({ [TOOL]: guardedTool(fixture, () => (calls += 1)) });
      const { call } = bridgeWorld(fixture, { away: new Error("canary ECONNREFUSED 10.0.0.7") });
      const shown = await call(agent, { ticket: "t.1" });
      expect(denialIn(shown)).toMatchObject({ reason: "internal" });
      expect(said(shown)).not.toMatch(/canary|ECONNREFUSED/);
      expect(calls).toBe(0);
    },
  },
  {
    name: "arguments that do not fit are refused before anybody is asked: binding_failed",
    check: async (fixture) => {
      const agent = await fixture.register({ [TOOL]: guardedTool(fixture, () => "done") });
      const { call, broker } = bridgeWorld(fixture);
      expect(denialIn(await call(agent, { ticket: "NOT AN ID" }))).toMatchObject({
        reason: "binding_failed",
      });
      expect(broker.proposals).toEqual([]);
    },
  },
  {
    name: "an action that waits for a person is told with the approval's id and address, without its transaction",
    check: async (fixture) => {
      let calls = 0;
      const agent = await fixture.register({ [TOOL]: guardedTool(fixture, () => (calls += 1)) });
      const { call, broker } = bridgeWorld(fixture, { decide: waits });
      const shown = await call(agent, { ticket: "t.1" });
      expect(denialIn(shown)).toMatchObject({
        reason: "approval_required",
        retryable: true,
        approval_id: APPROVAL,
        approval_url: expect.stringContaining(APPROVAL),
      });
      const [proposal] = broker.proposals;
      expect(proposal && said(shown).includes(proposal.action.txn)).toBe(false);
      expect(calls).toBe(0);
    },
  },
  {
    name: "an action that waited goes on as the same action, in a new run, and once",
    check: async (fixture) => {
      const closed: string[] = [];
      const tool = guardedTool(fixture, ({ ticket }) => ({ closed: closed.push(ticket) }));
      const agent = await fixture.register({ [TOOL]: tool });
      const { call, callHere, broker, runtime } = bridgeWorld(fixture, { decide: waits });
      await call(agent, { ticket: "t.1" });
      const pending = runtime.pending(APPROVAL);
      expect(pending, "the action that waits is known").toBeDefined();
      const shown = await runtime.resume("thread-1", {}, () =>
        callHere(agent, { ticket: "t.1" }, pending === undefined ? {} : { pending }),
      );
      expect(findWith(shown, "closed")).toEqual({ closed: 1 });
      const [before, after] = broker.proposals;
      expect([after?.approvalId, after?.action]).toEqual([APPROVAL, before?.action]);
    },
  },
];
