import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type LogEntry,
  type Server,
  type ServerOptions,
  importTenants,
  loadConfiguration,
  startServer,
} from "../src/index.ts";
import { CANARY, type Place, effects, place } from "./place.ts";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

async function start(path: string, options: Partial<ServerOptions> = {}): Promise<Server> {
  return startServer(await loadConfiguration(path), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
    ...options,
  });
}

const logged = (event: string): LogEntry[] => here.log.filter((entry) => entry.event === event);

describe("a server whose configuration names tenants", () => {
  test("starts while their system is down, when nothing about them changed", async () => {
    const path = await here.configure();
    await (await start(path))[Symbol.asyncDispose]();
    here.twin.fail("down");
    await using server = await start(path);
    here.twin.fail(null);
    expect(logged("connection_refused")).toEqual([]);
    expect(logged("connection_put").map(({ outcome }) => outcome)).toEqual(["connected", "unchanged"]);
    expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
  });

  test("starts with the secret that it has when the new one is not accepted, and says so as an error", async () => {
    const path = await here.configure();
    await (await start(path))[Symbol.asyncDispose]();
    await here.write("stripe.key", "rk_test_of_nobody_51ac");
    await using server = await start(path);
    expect(logged("connection_refused")).toMatchObject([
      { level: "error", tenant: "acme", system: "payments", reason: "connection_refused" },
    ]);
    expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    expect(effects(here)).toBe(1);
    expect(JSON.stringify(here.log)).not.toMatch(/canary|of_nobody/);
  });

  test("starts without a connection that was never accepted: its tenant's agents get nothing", async () => {
    here.twin.fail("down");
    await using server = await start(await here.configure());
    here.twin.fail(null);
    expect(logged("connection_refused")).toHaveLength(1);
    expect(logged("tenant_registered")).toMatchObject([{ tenant: "acme", connections: "" }]);
    await expect(here.refund({ url: server.brokerUrl })).resolves.toMatchObject({ reason: "tenant_unknown" });
    expect(effects(here)).toBe(0);
  });
});

describe("an import of tenants", () => {
  const file = (secret: string): Promise<string> =>
    here.write(
      "customers/tenants.yaml",
      `watchword: 1\ntenants:\n  acme: { connections: { payments: { account: acct_acme, secret: ${secret} } } }\n  globex: {}\n`,
    );

  test("changes a running server's tenants, without a restart; again, it changes nothing", async () => {
    const path = await here.configure({ tenants: "" });
    await using server = await start(path);
    await expect(here.refund({ url: server.brokerUrl })).rejects.toMatchObject({ reason: "tenant_unknown" });
    const configuration = await loadConfiguration(path);
    const options = { env: { STRIPE_KEY: CANARY }, by: "olga" };
    const imported = await importTenants(configuration, await file("{ env: STRIPE_KEY }"), options);
    expect(imported).toEqual({
      tenants: ["acme", "globex"],
      connections: [
        { tenant: "acme", system: "payments", outcome: "connected", account: "acct_acme", revision: 1 },
      ],
    });
    expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    await here.write("customers/key", `${CANARY}\n`);
    const again = await importTenants(configuration, await file("{ file: key }"));
    expect(again.connections).toMatchObject([{ outcome: "unchanged", revision: 1 }]);
    expect(await server.broker.verifyLedger()).toMatchObject({ ok: true });
  });

  test("takes references to secrets alone, and an unknown key is an error; nothing changes by either", async () => {
    const configuration = await loadConfiguration(await here.configure({ tenants: "" }));
    await expect(importTenants(configuration, await file(CANARY))).rejects.toMatchObject({
      reason: "configuration_invalid",
      message: expect.stringMatching(
        /tenants\.yaml:3:\d+ {2}tenants\.acme\.connections\.payments\.secret: must be \{ env: NAME \}/,
      ) as string,
    });
    const wrong = await here.write("wrong.yaml", "watchword: 1\ntenants: { acme: { conections: {} } }\n");
    await expect(importTenants(configuration, wrong)).rejects.toThrow(/unknown key conections/);
    await expect(importTenants(configuration, await file("{ env: ABSENT }"), { env: {} })).rejects.toThrow(
      /environment variable ABSENT is not set/,
    );
    expect(here.twin.requests).toEqual([]);
  });
});
