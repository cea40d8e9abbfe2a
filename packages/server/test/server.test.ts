import { readFile, readdir, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ServerOptions, jsonLines, loadConfiguration, startServer } from "../src/index.ts";
import { CANARY, type Place, effects, place } from "./place.ts";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

const start = async (path: string, options: ServerOptions = {}) =>
  startServer(await loadConfiguration(path), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
    ...options,
  });
const events = (): string[] => here.log.map(({ event }) => event);

describe("a server from a file", () => {
  test("carries a refund over HTTP from the agent's process to the payment system, once", async () => {
    await using server = await start(await here.configure());
    expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    expect(effects(here)).toBe(1);
    expect(await server.broker.verifyLedger()).toMatchObject({ ok: true });
    expect(events()).toEqual([
      "connection_put",
      "tenant_registered",
      "ready",
      "exchange",
      "exchange",
      "run_ended",
    ]);
  });

  test("asks a system no more than its configuration says", async () => {
    // The twin is asked at the start whether it accepts the connection, for the decision, and not for what was decided.
    const quotas = "quotas: { payments: [{ limit: 3, windowSeconds: 3600 }] }";
    await using server = await start(await here.configure({ more: quotas }));
    const refused = await here.refund({ url: server.brokerUrl });
    expect(refused).toMatchObject({ reason: "rate_limited", retryable: true });
    expect(effects(here)).toBe(0);
    expect(here.twin.requests.length).toBeLessThanOrEqual(3);
  });

  test("does it over Unix sockets that are its user's alone", async () => {
    const path = await here.configure({
      broker: "broker: { listen: { socket: broker.sock } }",
      gateway: "gateway: { listen: { socket: gateway.sock } }",
    });
    await using server = await start(path);
    expect([server.brokerUrl, server.gatewayUrl]).toEqual(["http://localhost", "http://localhost"]);
    const [broker, gateway] = [join(here.directory, "broker.sock"), join(here.directory, "gateway.sock")];
    for (const socket of [broker, gateway]) expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect(await here.refund({ broker, gateway })).toEqual({ status: 200 });
    expect(effects(here)).toBe(1);
  });

  test("says on every decision that it is a process of its own", async () => {
    await using server = await start(await here.configure());
    await here.refund({ url: server.brokerUrl });
    const bytes = await readFile(join(here.directory, "watchword.db-wal"), "latin1");
    expect(bytes).toContain("own-process");
    expect(bytes).not.toContain("same-process");
  });

  test("takes secrets by reference, and shows none in log, database, or answer", async () => {
    const lines: string[] = [];
    const tenants =
      "tenants:\n  acme: { connections: { payments: { account: acct_acme, secret: { env: STRIPE_KEY } } } }";
    await using server = await start(await here.configure({ tenants }), {
      env: { STRIPE_KEY: CANARY },
      log: jsonLines((line) => void lines.push(line)),
    });
    expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    await fetch(`${server.brokerUrl}/token`, {
      method: "POST",
      body: new URLSearchParams({ subject_token: CANARY }),
    });
    await fetch(`${server.gatewayUrl}/payments/v1/refunds`, { headers: { authorization: `DPoP ${CANARY}` } });
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toContain("request_refused");
    expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
    expect(lines.join("")).not.toMatch(/canary|eyJ/);
    for (const name of await readdir(here.directory))
      if (name.startsWith("watchword.db"))
        expect(await readFile(join(here.directory, name), "latin1")).not.toContain(CANARY);
  });

  test("that stops answers what is under way, then nobody, and its log says so", async () => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const server = await start(await here.configure(), {
      fetch: async (input, init) => {
        if (init?.method === "POST") {
          begun.resolve();
          await gate.promise;
        }
        return fetch(input, init);
      },
    });
    const refund = here.refund({ url: server.brokerUrl });
    await begun.promise;
    const stopped = server[Symbol.asyncDispose]();
    gate.resolve();
    expect(await refund).toEqual({ status: 200 });
    await stopped;
    expect(effects(here)).toBe(1);
    expect(events().slice(-2)).toEqual(["draining", "stopped"]);
    await expect(fetch(server.brokerUrl)).rejects.toThrow(TypeError);
    await expect(fetch(server.gatewayUrl)).rejects.toThrow(TypeError);
  });

  test("that cannot start leaves no listener behind", async () => {
    const path = await here.configure({
      broker: "broker: { listen: { socket: broker.sock } }",
      tenants: "tenants:\n  acme: { connections: { payments: { account: a, secret: { env: ABSENT } } } }",
    });
    await expect(start(path, { env: {} })).rejects.toMatchObject({
      reason: "configuration_invalid",
      message: expect.stringMatching(
        /watchword\.config\.yaml:\d+:\d+ {2}tenants\.acme\.connections\.payments\.secret: environment variable ABSENT is not set/,
      ) as string,
    });
    await new Promise<void>((resolve) => {
      connect(join(here.directory, "broker.sock")).once("error", () => resolve());
    });
  });

  test("starts again over the same directory and continues its ledger", async () => {
    const path = await here.configure();
    {
      await using first = await start(path);
      await here.refund({ url: first.brokerUrl });
    }
    await using second = await start(path);
    expect(await second.broker.verifyLedger()).toMatchObject({ ok: true });
    expect(await here.refund({ url: second.brokerUrl })).toEqual({ status: 200 });
  });
});

describe("in production", () => {
  test("a server takes workloads of an OIDC issuer, and carries the refund", async () => {
    await using real = await place({ production: true });
    await using server = await startServer(await loadConfiguration(await real.configure()), {
      log: (entry) => void real.log.push(entry),
    });
    expect(server.environment).toBe("production");
    expect(await real.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    expect(effects(real)).toBe(1);
  });

  test.for<{ name: string; changes: Parameters<Place["configure"]>[0]; says: RegExp }>([
    { name: "a local key", changes: {}, says: /config\.yaml:\d+:\d+ {2}verifiers\.0: is for development/ },
    {
      name: "the development environment",
      changes: { environment: "environment: development" },
      says: /config\.yaml:3:\d+ {2}environment: is development; run watchword dev/,
    },
    {
      name: "an issuer without TLS",
      changes: { issuer: "issuer: http://127.0.0.1:8080" },
      says: /issuer: is not https/,
    },
    {
      name: "keys fetched without TLS",
      changes: {
        verifiers:
          'verifiers: [{ oidc: { issuer: "https://a.example", jwks: { url: "http://127.0.0.1/jwks" } } }]',
      },
      says: /URL is not https/,
    },
  ])("refuses $name, and opens nothing", async ({ changes, says }) => {
    const path = await here.configure(changes ?? {});
    await expect(start(path, { mode: "serve" })).rejects.toMatchObject({
      reason: "development_setting",
      message: expect.stringMatching(says) as string,
    });
    expect(await readdir(here.directory)).not.toContain("watchword.db");
  });
});

describe("in development", () => {
  test.for([
    [
      "another host",
      "broker: { listen: { host: 0.0.0.0, port: 0 } }",
      /broker\.listen: watchword dev listens on loopback/,
    ],
    [
      "a host that looks like loopback",
      "broker: { listen: { host: 127.0.0.1.evil.example, port: 0 } }",
      /loopback/,
    ],
    ["a listener open to others", "broker: { listen: { port: 0, allowRemote: true } }", /loopback/],
  ] as const)("%s is refused, and nothing is opened", async ([, broker, says]) => {
    await expect(start(await here.configure({ broker }))).rejects.toMatchObject({
      reason: "configuration_invalid",
      message: expect.stringMatching(says) as string,
    });
    expect(await readdir(here.directory)).not.toContain("watchword.db");
  });

  test("a configuration that says production is refused", async () => {
    const path = await here.configure({ environment: "environment: production" });
    await expect(start(path)).rejects.toThrow(/environment: is production; run watchword serve/);
  });
});
