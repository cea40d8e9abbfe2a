import { expect } from "vitest";
import { TOOL, bridgeWorld, guardedTool, sendClose, turns } from "./bridge-world.ts";
import type { BridgeCase } from "./bridge-fixture.ts";

/** Turns after which a call that the framework does not run beside the other is let go alone. */
const PATIENCE = 2_000;

/** Which run a call belongs to, and how long its credential lives. */
export const LIFETIME_CASES: readonly BridgeCase[] = [
  {
    name: "calls of two tenants' runs at once each use their own run",
    check: async (fixture) => {
      const both = Promise.withResolvers<void>();
      let inside = 0;
      const tool = guardedTool(fixture, async ({ ticket }, { credential }) => {
        if (++inside === 2) both.resolve();
        await Promise.race([both.promise, turns(PATIENCE)]);
        await sendClose(credential.fetch, ticket);
        return { closed: ticket };
      });
      const agent = await fixture.register({ [TOOL]: tool });
      const worlds = ["acme", "globex"].map((tenant) => ({
        ticket: `t.${tenant}`,
        ...bridgeWorld(fixture, { tenant }),
      }));
      await Promise.all(worlds.map(({ call, ticket }) => call(agent, { ticket })));
      for (const { broker, ticket } of worlds) {
        expect(broker.proposals.map(({ action }) => action.arguments)).toEqual([{ ticket }]);
        expect(broker.requests.map(({ url }) => url)).toEqual([`https://api.example/tickets/${ticket}`]);
      }
    },
  },
  {
    name: "two calls at once in one run are two actions with their own arguments and ids",
    check: async (fixture) => {
      const tool = guardedTool(fixture, async ({ ticket }, { credential }) => {
        await sendClose(credential.fetch, ticket);
        return { closed: ticket };
      });
      const agent = await fixture.register({ [TOOL]: tool });
      const { callHere, broker, runtime } = bridgeWorld(fixture);
      const tickets = ["t.1", "t.2"];
      await runtime.run({}, () =>
        Promise.all(tickets.map((ticket) => callHere(agent, { ticket }, { callId: `call_${ticket}` }))),
      );
      const proposed = broker.proposals.map(
        ({ action, callId }) => `${JSON.stringify(action.arguments["ticket"])} ${callId}`,
      );
      expect(proposed.toSorted()).toEqual(['"t.1" call_t.1', '"t.2" call_t.2']);
      expect(new Set(broker.proposals.map(({ action }) => action.txn)).size).toBe(2);
      expect(broker.requests.length).toBe(2);
    },
  },
  {
    name: "a call that the framework cancels is told so, and its credential is gone with it",
    check: async (fixture) => {
      const [entered, gate, left] = [0, 1, 2].map(() => Promise.withResolvers<void>());
      const kept: { fetch?: typeof globalThis.fetch; signal?: AbortSignal } = {};
      const tool = guardedTool(fixture, async (_toolArguments, { credential, signal }) => {
        Object.assign(kept, { fetch: credential.fetch, signal });
        entered?.resolve();
        await gate?.promise;
        left?.resolve();
        return { closed: "t.1" };
      });
      const agent = await fixture.register({ [TOOL]: tool });
      const { call, broker } = bridgeWorld(fixture);
      const controller = new AbortController();
      // Whether the framework then shows something or ends with the abort is its own affair.
      const ended = call(agent, { ticket: "t.1" }, { signal: controller.signal }).catch(() => undefined);
      await Promise.race([entered?.promise, ended]);
      expect(kept.signal, "the tool was called").toBeDefined();
      controller.abort(new Error("the user went away"));
      await turns(20);
      const isTold = kept.signal?.aborted;
      gate?.resolve();
      await Promise.all([left?.promise, ended]);
      await turns(20);
      expect(isTold, "the tool's signal is the framework's").toBe(true);
      await expect(kept.fetch?.("https://api.example/tickets/t.1")).rejects.toMatchObject({
        reason: "lease_expired",
      });
      expect(broker.requests).toEqual([]);
    },
  },
  {
    name: "after a call has returned, a credential that the tool kept is gone",
    check: async (fixture) => {
      const kept: (typeof globalThis.fetch)[] = [];
      const tool = guardedTool(fixture, (_toolArguments, { credential }) => {
        kept.push(credential.fetch);
        return { closed: "t.1" };
      });
      const { call, broker } = bridgeWorld(fixture);
      await call(await fixture.register({ [TOOL]: tool }), { ticket: "t.1" });
      await expect(kept[0]?.("https://api.example/tickets/t.1")).rejects.toMatchObject({
        reason: "lease_expired",
      });
      expect([kept.length, broker.requests]).toEqual([1, []]);
    },
  },
];
