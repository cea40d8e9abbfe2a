import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ServerLog, loadConfiguration, startServer } from "../src/index.ts";
import { type Place, effects, place } from "./place.ts";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

const METRICS = "metrics: { listen: { port: 0 } }";
const events = (): string[] => here.log.map(({ event }) => event);

/** A payment system whose writes wait until `open`, and who has arrived there. */
function gate(count: number) {
  const arrived = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let waiting = 0;
  return {
    arrived: arrived.promise,
    open: opened.resolve,
    fetch: (async (input, init) => {
      if (init?.method === "POST") {
        if (++waiting === count) arrived.resolve();
        await opened.promise;
      }
      return fetch(input, init);
    }) satisfies typeof globalThis.fetch,
  };
}

const start = async (more: string, fetchThrough: typeof globalThis.fetch, log?: ServerLog) =>
  startServer(await loadConfiguration(await here.configure({ more })), {
    mode: "dev",
    log: log ?? ((entry) => void here.log.push(entry)),
    fetch: fetchThrough,
  });

describe("a server that stops under load", () => {
  test("is not ready first, answers what has arrived, and takes nothing more", async () => {
    const { arrived, open, fetch: through } = gate(4);
    const server = await start(METRICS, through);
    const refunds = Promise.all(Array.from({ length: 4 }, () => here.refund({ url: server.brokerUrl })));
    await arrived;
    const stopped = server[Symbol.asyncDispose]();
    const ready = await fetch(`${server.metricsUrl}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "not_ready", missing: ["draining"] }]);
    await expect(fetch(`${server.brokerUrl}/healthz`)).rejects.toThrow(TypeError);
    open();
    expect(await refunds).toEqual(Array.from({ length: 4 }, () => ({ status: 200 })));
    await stopped;
    expect(effects(here)).toBe(4);
    expect(events()).toContain("draining");
    expect(events()).not.toContain("drain_cut");
    await expect(fetch(`${server.metricsUrl}/readyz`)).rejects.toThrow(TypeError);
  });

  test("waits no longer than drainSeconds, signs its ledger all the same, and leaves leases to whoever comes next", async () => {
    const { arrived, open, fetch: through } = gate(1);
    const server = await start("drainSeconds: 0", through);
    const refund = here.refund({ url: server.brokerUrl }).catch(() => "cut");
    await arrived;
    await server[Symbol.asyncDispose]();
    expect(here.log.filter(({ event }) => event === "drain_cut").map(({ listener }) => listener)).toContain(
      "gateway",
    );
    await using next = await start("drainSeconds: 0", through);
    expect(await next.store.checkpoints()).not.toEqual([]);
    expect(await next.broker.verifyLedger()).toMatchObject({ ok: true });
    expect(await next.store.leasesDue(Number.MAX_SAFE_INTEGER, 10)).toHaveLength(1);
    open();
    await refund;
  });
});

test.for<[string, ServerLog]>([
  [
    "throws",
    () => {
      throw new Error("log");
    },
  ],
  ["rejects", () => Promise.reject(new Error("log"))],
])("a log that %s changes no answer and ends no process", async ([, log]) => {
  await using server = await start("", fetch, log);
  expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
  expect(effects(here)).toBe(1);
});
