import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StripeTwin } from "@watchword/emulators/stripe";
import { type PendingAction, currentRun, delegate } from "@watchword/middleware";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { expectOrder } from "./crash-aftermath.ts";
import { type CrashAgent, crashAgent, outcomeOf, refund } from "./crash-agent.ts";
import { CRASH_POLICY } from "./crash-policy.ts";
import { served } from "./crash-served.ts";
import { type CrashServer, crashServer } from "./crash-server.ts";
import { type TestWorld, refundOf, testTwin, world } from "./world.ts";

/** Kills of each test; a point of an act is in two of them. More than 2,000 in all with `WATCHWORD_LONG=1`. */
const LONG = process.env["WATCHWORD_LONG"] === "1";
const KILLS = LONG ? 120 : 2;
const TIMEOUT = LONG ? 1_200_000 : 240_000;
/** Before anything is durable, every kill finds the same. */
const EARLY_KILLS = 1;
/** So many at once: a server waits for its disk, too. */
const AT_ONCE = 4;

let place: string;
let template: string;
let approved: PendingAction;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "watchword-crash-"));
  // What the first server and the first store's thread compile, all others of them need not: half of their start.
  vi.stubEnv("NODE_COMPILE_CACHE", join(place, "compiled"));
  template = join(place, "template");
  await mkdir(template);
  await using before = await world({ directory: template, policy: CRASH_POLICY });
  const action = refundOf("ch_a3", 19_000);
  const asked = await before.act(await before.start({ thread: "ticket-1" }), action);
  if (asked.ok || asked.approval_id === undefined) throw new Error("no approval was asked for");
  await before.broker.approvals.decide(asked.approval_id, {
    token: await before.userToken("lena", { org_id: "acme", groups: ["leads"] }),
    verdict: "approve",
  });
  approved = { approval_id: asked.approval_id, txn: action.txn, tool: "refund", call_id: "call_1", action };
});
afterAll(() => {
  vi.unstubAllEnvs();
  return rm(place, { recursive: true, force: true });
});

/** One server that dies, the agent that sees it, the twin, and the broker once it is back. */
interface Scene {
  readonly server: CrashServer;
  readonly agent: CrashAgent;
  readonly twin: StripeTwin;
  /** Waits for the death and starts the broker again on the same directory, at another port. */
  readonly back: () => Promise<TestWorld>;
}

async function scene(point: string, play: (scene: Scene) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(place, "crash-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  await cp(template, directory, { recursive: true });
  const twin = stack.use(await testTwin());
  const server = stack.use(await crashServer({ directory, twinUrl: twin.url, point }));
  const agent = await crashAgent(directory, server.url);
  await play({
    server,
    agent,
    twin,
    back: async () => {
      expect(await server.died).toBe("SIGKILL");
      const after = stack.use(await world({ directory, twinUrl: twin.url, policy: CRASH_POLICY }));
      agent.moveTo(stack.use(await served(after.broker)).url);
      return after;
    },
  });
}

async function repeat(kills: number, crash: () => Promise<void>): Promise<void> {
  for (let kill = 0; kill < kills; kill += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, kills - kill) }, crash));
}

const killsAt = (point: string): number => (point === "read" || point === "decided" ? EARLY_KILLS : KILLS);

/** What an agent gets at each point of an act, for the very same action once more, and for a new one with that effect. */
const POINTS = {
  read: { first: "broker_unavailable", same: "refunded", other: "refunded" },
  decided: { first: "broker_unavailable", same: "refunded", other: "refunded" },
  intent: { first: "broker_unavailable", same: "outcome_unknown", other: "effect_pending" },
  minted: { first: "broker_unavailable", same: "outcome_unknown", other: "effect_pending" },
  // Its answer was lost: the same action gets the same lease. A lease that ends unused makes way for another.
  outcome: { first: "broker_unavailable", same: "refunded", other: "refunded" },
  answered: { first: "broker_unavailable", same: "refunded", other: "refunded" },
  claimed: { first: "tool_failed", same: "already_done", other: "effect_pending" },
  sent: { first: "tool_failed", same: "approval_spent", other: "effect_pending" },
  "after a settlement": { first: "tool_failed", same: "approval_spent", other: "already_done" },
} as const;
const points = Object.keys(POINTS) as (keyof typeof POINTS)[];

describe("a broker and gateway killed in the middle of a refund, with the agent elsewhere", () => {
  test.for(points)(
    "at '%s' of an approved one: nothing is spent twice, done unrecorded or left alive",
    { timeout: TIMEOUT },
    (point) =>
      repeat(killsAt(point), () =>
        scene(point, async ({ server, agent, twin, back }) => {
          const call = { charge: "ch_a3", cents: 19_000 };
          const user = { token: server.user };
          let after: TestWorld | undefined;
          const seen = await agent.runtime.resume("ticket-1", { user }, async () => {
            const first = outcomeOf(await refund.execute(call, { pending: approved }));
            after = await back();
            // The same run and action once more: its answer was lost, or its outcome is unknown.
            return [first, outcomeOf(await refund.execute(call, { pending: approved }))];
          });
          expect([point, ...seen]).toEqual([point, POINTS[point].first, POINTS[point].same]);
          if (after === undefined) throw new Error("the broker is not back");

          const token = await after.userToken("dana", { org_id: "acme" });
          const { approval_id, ...rest } = approved;
          const again = await agent.runtime.resume("ticket-1", { user: { token } }, () =>
            refund.execute(call, { pending: { ...rest, approval_id, txn: "A".repeat(22) } }),
          );
          expect(outcomeOf(again), "an approval is for one action").toMatch(/^approval_(?:spent|mismatch)$/);
          const { ledger } = await expectOrder(after, twin);
          const intents = ledger.filter((record) => record.kind === "intent");
          expect(intents, "one approval, one intent").toHaveLength(1);
          expect((await after.store.approval(approval_id))?.state).toBe("spent");
        }),
      ),
  );

  test.for(points)(
    "at '%s' of a subagent's: nothing is spent twice, done unrecorded or left alive",
    { timeout: TIMEOUT },
    (point) =>
      repeat(killsAt(point), () =>
        scene(point, async ({ server, agent, twin, back }) => {
          let after: TestWorld | undefined;
          const call = { charge: "ch_a1", cents: 1_000 };
          const child = { agent: "refunder@1" };
          const seen = await agent.runtime.run({ user: { token: server.user } }, async () => {
            const first = await delegate(child, async () => {
              const outcome = outcomeOf(await refund.execute(call));
              after = await back();
              return outcome;
            });
            // The parent has survived as well, and hands the same work to another subagent.
            const second = await delegate(child, () => refund.execute(call));
            return [first, outcomeOf(second)];
          });
          if (after === undefined) throw new Error("the broker is not back");
          expect([point, ...seen]).toEqual([point, POINTS[point].first, POINTS[point].other]);
          const { ledger, runs } = await expectOrder(after, twin);
          const unused = point === "outcome" || point === "answered";
          expect(ledger.filter((record) => record.kind === "intent")).toHaveLength(unused ? 2 : 1);
          expect(runs.filter((run) => run.ancestors.length > 0 && !run.ended)).toEqual([]);
        }),
      ),
  );
});

describe("a broker killed around a run of a subagent, with both agents elsewhere", () => {
  test.for(["before", "after"] as const)(
    "%s its start is recorded: the delegation is there with its run, or neither is",
    { timeout: TIMEOUT },
    (side) =>
      repeat(KILLS, () =>
        scene(`${side} the start of a child`, async ({ server, agent, twin, back }) => {
          let after: TestWorld | undefined;
          const child = { agent: "refunder@1" };
          const { parent, outcome } = await agent.runtime.run({ user: { token: server.user } }, async () => {
            let reason = "started";
            await delegate(child, () => undefined).catch((error: { reason: string }) => ({ reason } = error));
            expect(reason).toBe("broker_unavailable");
            after = await back();
            const result = await delegate(child, () => refund.execute({ charge: "ch_a1" }));
            return { parent: currentRun()?.runId ?? "", outcome: outcomeOf(result) };
          });
          if (after === undefined) throw new Error("the broker is not back");
          expect(outcome).toBe("refunded");
          const { runs } = await expectOrder(after, twin);
          const children = runs.filter(({ ancestors }) => ancestors.includes(parent));
          expect(children).toHaveLength(side === "before" ? 1 : 2);
          // Nobody has the key of the one whose answer was lost; its parent's end took it along.
          expect(children.every(({ ended }) => ended)).toBe(true);
        }),
      ),
  );

  test.for(["before", "after"] as const)(
    "%s its parent's end is recorded: they end together, or both go on until their time",
    { timeout: TIMEOUT },
    (side) =>
      repeat(KILLS, () =>
        scene(`${side} the end of a run`, async ({ server, agent, twin, back }) => {
          const leased = Promise.withResolvers<void>();
          const ended = Promise.withResolvers<void>();
          let orphan: Promise<readonly [string, string]> | undefined;
          const parent = await agent.runtime.run({ user: { token: server.user } }, async (frame) => {
            orphan = delegate({ agent: "refunder@1" }, async () => {
              const held = { charge: "ch_a1", when: ended.promise, leased: () => leased.resolve() };
              const first = outcomeOf(await refund.execute(held));
              return [first, outcomeOf(await refund.execute({ charge: "ch_a2", cents: 1_000 }))] as const;
            });
            await Promise.race([leased.promise, orphan]);
            return frame.runId;
          });
          expect(agent.failures).toEqual(["broker_unavailable"]);
          const after = await back();
          ended.resolve();
          // The gateway that its handle was for is gone. Whether it may act again is its parent's fate.
          const lives = side === "before";
          expect(await orphan).toEqual(["tool_failed", lives ? "refunded" : "run_ended"]);
          const { runs } = await expectOrder(after, twin);
          expect(runs.find(({ id }) => id === parent)?.ended).toBe(!lives);
          expect(twin.refunds("acct_acme")).toHaveLength(lives ? 1 : 0);
        }),
      ),
  );

  test.for(["before", "after"] as const)(
    "%s a renewal of its parent is recorded: it lasts as long as the ledger says, and is renewed again",
    { timeout: TIMEOUT },
    (side) =>
      repeat(KILLS, () =>
        scene(`${side} a renewal`, async ({ server, agent, twin, back }) => {
          let after: TestWorld | undefined;
          await agent.runtime.run({ user: { token: server.user } }, async () => {
            const outcome = await delegate({ agent: "refunder@1" }, async () => {
              agent.beat();
              after = await back();
              agent.beat();
              return refund.execute({ charge: "ch_a1" });
            });
            expect(outcomeOf(outcome)).toBe("refunded");
          });
          if (after === undefined) throw new Error("the broker is not back");
          expect(agent.failures).toEqual(["broker_unavailable"]);
          const { ledger, runs } = await expectOrder(after, twin);
          const renewals = ledger.filter((record) => record.kind === "run_renewed");
          expect(renewals).toHaveLength(side === "before" ? 1 : 2);
          const last = Math.max(...renewals.map(({ body }) => Number(body["expires_at"])));
          expect(
            runs.find(({ ancestors, expiresAt }) => ancestors.length === 0 && expiresAt === last),
          ).toBeDefined();
        }),
      ),
  );
});
