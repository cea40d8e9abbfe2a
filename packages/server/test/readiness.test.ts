import { readdir } from "node:fs/promises";
import type { Discovery } from "@watchword/broker";
import type { Clock, Store } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { brokerMissing } from "../src/broker-missing.ts";
import { type Readiness, readiness } from "../src/readiness.ts";
import { CANARY, type Place, place } from "./place.ts";

const keys = { keys: { keys: [{}] } } as unknown as Discovery;
const store = (changes: Partial<Store> = {}): Store =>
  ({ postponeLease: async () => undefined, epochs: async () => ({ policy: 3 }), ...changes }) as Store;
const clock = { now: () => 0 };
const readinessOf = (parts: { store: Store; discovery: Discovery; clock: Clock }): Readiness =>
  readiness(() => brokerMissing(parts), parts.clock);

describe("a broker is ready", () => {
  test("with a store that it can write, an active policy, and keys", async () => {
    expect(await readinessOf({ store: store(), discovery: keys, clock }).missing()).toEqual([]);
  });

  test.for<[string, Partial<Store>]>([
    ["that says no", { postponeLease: () => Promise.reject(new Error(CANARY)) }],
    ["that throws", { postponeLease: async () => JSON.parse(CANARY) as undefined }],
  ])("never over a store %s, and only says that it is the store", async ([, changes]) => {
    const ready = readinessOf({ store: store(changes), discovery: keys, clock });
    expect(await ready.missing()).toEqual(["store"]);
  });

  test("never over a store that has not written within 2 s", async () => {
    vi.useFakeTimers();
    try {
      const silent = store({ postponeLease: () => new Promise(() => undefined) });
      const found = readinessOf({ store: silent, discovery: keys, clock }).missing();
      await vi.advanceTimersByTimeAsync(2_000);
      expect(await found).toEqual(["store"]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("never without an active policy, nor without keys", async () => {
    const none = readinessOf({ store: store({ epochs: async () => ({}) }), discovery: keys, clock });
    expect(await none.missing()).toEqual(["policy"]);
    const keyless = { keys: { keys: [] } } as unknown as Discovery;
    expect(await readinessOf({ store: store(), discovery: keyless, clock }).missing()).toEqual(["keys"]);
  });

  test("never again once it drains", async () => {
    const ready = readinessOf({ store: store(), discovery: keys, clock });
    ready.drain();
    expect(await ready.missing()).toEqual(["draining"]);
  });
});

test("asked by thousands, it writes once a second", async () => {
  const postponeLease = vi.fn(async () => undefined);
  let now = 0;
  const ready = readinessOf({ store: store({ postponeLease }), discovery: keys, clock: { now: () => now } });
  await Promise.all(Array.from({ length: 1_000 }, () => ready.missing()));
  expect(postponeLease).toHaveBeenCalledTimes(1);
  now = 1_000;
  await ready.missing();
  expect(postponeLease).toHaveBeenCalledTimes(2);
});

describe("a server", () => {
  let here: Place;
  beforeEach(async () => {
    here = await place();
  });
  afterEach(() => here[Symbol.asyncDispose]());

  test("says so beside its health, on the broker's listener and on the operators'", async () => {
    const path = await here.configure({ more: "metrics: { listen: { port: 0 } }" });
    await using server = await startServer(await loadConfiguration(path), {
      mode: "dev",
      log: () => undefined,
    });
    for (const url of [server.brokerUrl, server.metricsUrl]) {
      const [health, ready] = await Promise.all([fetch(`${url}/healthz`), fetch(`${url}/readyz`)]);
      expect([health.status, ready.status]).toEqual([200, 200]);
      expect(await ready.json()).toEqual({ status: "ready" });
    }
  });

  test("whose store is gone is healthy, not ready, and refuses instead of minting", async () => {
    const server = await startServer(await loadConfiguration(await here.configure()), {
      mode: "dev",
      log: () => undefined,
    });
    await server.store[Symbol.asyncDispose]();
    const ready = await fetch(`${server.brokerUrl}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: "not_ready", missing: ["store", "policy"] });
    const seen = here.twin.requests.length;
    expect((await fetch(`${server.brokerUrl}/healthz`)).status).toBe(200);
    await expect(here.refund({ url: server.brokerUrl })).rejects.toMatchObject({ name: "Refusal" });
    expect(here.twin.requests).toHaveLength(seen);
    await Promise.resolve(server[Symbol.asyncDispose]()).catch(() => undefined);
    expect(await readdir(here.directory)).toContain("watchword.db");
  });
});
