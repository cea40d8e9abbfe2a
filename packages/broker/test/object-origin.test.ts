import {
  type AdapterContext,
  type DownstreamOutcome,
  type TokenAnswer,
  newAction,
  thumbprint,
} from "@watchword/core";
import { afterEach, expect, test } from "vitest";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { type TestRun, type TestWorld, world } from "./world.ts";

let place: TestWorld | undefined;
afterEach(() => place?.[Symbol.asyncDispose]());

const close = () =>
  newAction({
    system: "tickets",
    operation: "tickets.close",
    resource: {},
    arguments: { ticket: "t_1" },
  });

/** Spends the lease's use as a gateway does, with that outcome. */
async function use(run: TestRun, answer: TokenAnswer, outcome: DownstreamOutcome): Promise<void> {
  if (place === undefined || !answer.ok) throw new Error("no lease");
  const { leases } = place.broker;
  const proof = async (jti: string) => ({
    thumbprint: await thumbprint(run.key.publicJwk),
    publicJwk: run.key.publicJwk,
    jti,
    expiresAt: 4_000_000_000,
  });
  const lease = await leases.open(answer.access_token, await proof("one"));
  const request = { method: "POST", path: "/", query: [], headers: {}, body: new Uint8Array() };
  await leases.settle(lease, await leases.claimUse(lease, request, await proof("two")), outcome);
}

/** A broker whose adapter keeps what its look-ups and revocations were called with. */
async function open() {
  const system = mintingSystem();
  const lookups: AdapterContext[] = [];
  const revocations: AdapterContext[] = [];
  const own = { ...system.adapter };
  Object.assign(system.adapter, {
    resolve: async (...call: Parameters<typeof own.resolve>) => {
      lookups.push(call[1]);
      return own.resolve(...call);
    },
    revoke: async (...call: Parameters<typeof own.revoke>) => {
      revocations.push(call[1]);
      return own.revoke(...call);
    },
  });
  place = await world({ policy: MINTING_POLICY, systems: () => ({ tickets: system.adapter }) });
  return { place, lookups, revocations };
}

test("a look-up knows what a request of the same run left behind, and nothing of another's", async () => {
  const { place: opened, lookups } = await open();
  const run = await opened.start();
  const first = await opened.act(run, close());
  if (!first.ok) throw new Error("no lease");
  await use(run, first, { effect: "done", ids: { result: "handle_1" }, status: 200 });
  await opened.act(run, close());
  await opened.act(await opened.start(), close());
  const [, again, another] = lookups;
  expect(await again?.originOf?.("handle_1")).toEqual({
    decisionId: first.lease?.decision_id,
    operation: "tickets.close",
  });
  expect(await again?.originOf?.("handle_2")).toBeUndefined();
  expect(await another?.originOf?.("handle_1")).toBeUndefined();
});

test("a revocation knows what the requests under its lease did", async () => {
  const { place: opened, revocations } = await open();
  const run = await opened.start();
  const answer = await opened.act(run, close());
  if (!answer.ok) throw new Error("no lease");
  const outcome = { effect: "unknown", ids: { result: "handle_1" }, status: 202 } as const;
  await use(run, answer, outcome);
  opened.clock.advance(3_600);
  await opened.broker.sweep();
  const [call] = revocations;
  expect(await call?.outcomes?.()).toEqual([outcome]);
  expect(call?.originOf).toBeUndefined();
});
