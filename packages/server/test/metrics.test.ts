import { readFile } from "node:fs/promises";
import {
  type BrokerClient,
  Refusal,
  type Store,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
} from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { measureExchanges } from "../src/measure-exchanges.ts";
import { measureStore } from "../src/measure-store.ts";
import { metricsRegistry } from "../src/metrics-registry.ts";
import { serverMetrics } from "../src/server-metrics.ts";
import { CANARY, type Place, place } from "./place.ts";

/** Names of series, without their values. */
const series = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.slice(0, line.lastIndexOf(" ")));

const act = {
  grant_type: TOKEN_EXCHANGE_GRANT,
  subject_token: "",
  subject_token_type: TOKEN_TYPE_URIS.run,
  actor_token_type: TOKEN_TYPE_URIS.assertion,
};

describe("labels", () => {
  test("stay the same under 10,000 tenants, runs, agents and systems that requests name", async () => {
    const metrics = serverMetrics(["payments"], { now: () => 0 });
    const answers: BrokerClient = {
      issuer: "https://broker.test.example",
      token: async ({ subject_token }) =>
        subject_token.endsWith("7")
          ? {
              ok: false,
              error: "access_denied",
              error_description: subject_token,
              reason: "not_granted",
              retryable: false,
            }
          : {
              ok: true,
              access_token: subject_token,
              issued_token_type: "",
              token_type: "DPoP",
              expires_in: 1,
            },
      endRun: async () => undefined,
    };
    const client = measureExchanges(answers, metrics);
    const ask = async (index: number): Promise<void> => {
      await client.token({ ...act, subject_token: `tenant_${index}` });
      await client.token({ ...act, subject_token_type: `urn:${index}`, subject_token: `run_${index}` });
      metrics.gatewayRefused(index === 7 ? "payments" : `system_${index}`, "lease_unknown");
      metrics.leaseEnded(`lease_${index}`, `system_${index}`, "revoked");
    };
    for (let index = 0; index < 100; index += 1) await ask(index);
    const before = series(metrics.text());
    for (let index = 100; index < 10_000; index += 1) await ask(index);
    expect(series(metrics.text())).toEqual(before);
    expect(before.join("\n")).not.toMatch(/tenant_|run_\d|lease_\d|system_/);
    expect(metrics.text()).toContain('watchword_exchanges_total{exchange="act",outcome="leased"} 18000');
    expect(metrics.text()).toContain('watchword_refusals_total{at="act",reason="not_granted"} 2000');
    expect(metrics.text()).toContain(
      'watchword_gateway_refusals_total{system="other",reason="lease_unknown"} 9999',
    );
  });

  test("that are few are there before the first event, so that it is a change", () => {
    const text = serverMetrics(["payments"], { now: () => 0 }).text();
    expect(text).toContain("watchword_ledger_append_failures_total 0\n");
    expect(text).toContain('watchword_revocations_total{system="payments",outcome="unknown"} 0\n');
  });
});

test("the metrics that the documentation tells operators to look at are there", async () => {
  const known = serverMetrics(["payments"], { now: () => 0 }).text();
  for (const page of ["deployment.md", "runbook.md"]) {
    const text = await readFile(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
    const named = new Set([...text.matchAll(/`(watchword_[a-z_]+)/g)].map((match) => match[1] ?? ""));
    expect(named.size, page).toBeGreaterThan(0);
    for (const name of named) expect(known).toContain(`# TYPE ${name} `);
  }
});

test("durations are counted under every bound that holds them", () => {
  const registry = metricsRegistry();
  const durations = registry.histogram("d_seconds", "Durations.", { of: ["a"] }, [0.1, 1]);
  for (const seconds of [0.05, 0.5, 5]) durations.observe({ of: "a" }, seconds);
  expect(registry.text()).toBe(`# HELP d_seconds Durations.
# TYPE d_seconds histogram
d_seconds_bucket{of="a",le="0.1"} 1
d_seconds_bucket{of="a",le="1"} 2
d_seconds_bucket{of="a",le="+Inf"} 3
d_seconds_sum{of="a"} 5.55
d_seconds_count{of="a"} 3
`);
});

describe("a store that is counted", () => {
  const parts = (store: object, clock = { now: () => 0 }) => {
    let seconds = 0;
    const metrics = serverMetrics(["payments"], clock, () => (seconds += 0.2));
    return { metrics, store: measureStore(store as Store, metrics) };
  };

  test("gives the same answers and errors, and says how long it took", async () => {
    const failure = new Error("disk");
    const { metrics, store } = parts({
      generation: "g1",
      run: async (id: string) => `run ${id}`,
      endRun: async () => {
        throw failure;
      },
    });
    expect(store.generation).toBe("g1");
    expect(await store.run("r")).toBe("run r");
    await expect(store.endRun("r", 0, {} as never)).rejects.toBe(failure);
    expect(metrics.text()).toMatch(/watchword_store_seconds_bucket\{operation="read",le="0.25"\} 1/);
    expect(metrics.text()).toMatch(/watchword_store_seconds_count\{operation="write"\} 1/);
  });

  test.for([
    ["ledger_unavailable", 1],
    ["state_changed", 0],
  ] as const)("a write that ends with %s counts as %i failures to append", async ([reason, failures]) => {
    const { metrics, store } = parts({ putTenant: () => Promise.reject(new Refusal(reason)) });
    await expect(store.putTenant("t", {} as never)).rejects.toMatchObject({ reason });
    expect(metrics.text()).toContain(`watchword_ledger_append_failures_total ${failures}\n`);
  });

  test("knows which leases are not over: ended ones are gone, and those whose time is", async () => {
    let now = 0;
    const { metrics, store } = parts(
      { recordMint: async () => undefined, endLease: async () => undefined },
      { now: () => now },
    );
    const mint = (id: string, expiresAt: number) =>
      store.recordMint({
        minted: true,
        lease: { id, system: "payments", custody: "gateway", expiresAt },
      } as never);
    await mint("a", 60);
    await mint("b", 60);
    await mint("c", 90);
    const active = (): string | undefined =>
      /watchword_leases_active\{system="payments"\} (\d+)/.exec(metrics.text())?.[1];
    expect(active()).toBe("3");
    await store.endLease("a", "revoked", 0, { body: { system: "payments" } } as never);
    expect(active()).toBe("2");
    now = 60_000;
    expect(active()).toBe("1");
    expect(metrics.text()).toContain('watchword_revocations_total{system="payments",outcome="revoked"} 1');
  });
});

describe("the operators' listener", () => {
  let here: Place;
  beforeEach(async () => {
    here = await place();
  });
  afterEach(() => here[Symbol.asyncDispose]());

  test("tells what happened, and no id, name of a customer, token or secret", async () => {
    const path = await here.configure({ more: "metrics: { listen: { port: 0 } }" });
    await using server = await startServer(await loadConfiguration(path), {
      mode: "dev",
      log: () => undefined,
    });
    expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    await fetch(`${server.brokerUrl}/token`, {
      method: "POST",
      body: new URLSearchParams({ tenant: CANARY }),
    });
    await fetch(`${server.gatewayUrl}/${CANARY}/v1`, { headers: { authorization: `DPoP ${CANARY}` } });
    const answer = await fetch(`${server.metricsUrl}/metrics`);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await answer.text();
    expect(text).toContain('watchword_exchanges_total{exchange="start",outcome="run"} 1');
    expect(text).toContain('watchword_exchanges_total{exchange="act",outcome="leased"} 1');
    expect(text).toContain('watchword_refusals_total{at="request",reason="request_malformed"} 1');
    expect(text).toContain('watchword_leases_opened_total{system="payments",custody="gateway"} 1');
    expect(text).toContain('watchword_leases_active{system="payments"} 0');
    expect(text).toMatch(/watchword_gateway_refusals_total\{system="none",reason="\w+"\} 1/);
    expect(text).not.toMatch(
      /canary|eyJ|acme|support[@"-]|refund|ch_1|dana|(?:run|lease|dec)_[A-Za-z0-9]{16}/,
    );
  });

  test.for([
    ["a page that rebinds its name to it", "GET", "/metrics", "evil.example", 403],
    ["a write", "POST", "/metrics", "localhost", 404],
    ["another path", "GET", "/token", "localhost", 404],
    ["a query", "GET", "/metrics?tenant=acme", "localhost", 404],
  ] as const)("answers nothing to %s", async ([, method, path, host, status]) => {
    const file = await here.configure({ more: "metrics: { listen: { port: 0 } }" });
    await using server = await startServer(await loadConfiguration(file), {
      mode: "dev",
      log: () => undefined,
    });
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const { request } = await import("node:http");
    request(`${server.metricsUrl}${path}`, { method, headers: { host } }, (response) => {
      resolve(response.statusCode);
      response.resume();
    }).end();
    expect(await promise).toBe(status);
  });

  test.for([
    [
      "metrics: { listen: { port: 0, host: 0.0.0.0 } }",
      "serve",
      /metrics\.listen: host must be a loopback host/,
    ],
    [
      "metrics: { listen: { port: 0, allowRemote: true } }",
      "dev",
      /metrics\.listen: watchword dev listens on/,
    ],
    ["metrics: { listen: { socket: m.sock } }", "dev", /metrics\.listen/],
  ] as const)("%s is refused under %s", async ([more, mode, says]) => {
    await using real = await place({ production: true });
    const path = await (mode === "serve" ? real : here).configure({ more });
    await expect(
      (async () => startServer(await loadConfiguration(path), { mode, log: () => undefined }))(),
    ).rejects.toThrow(says);
  });
});
