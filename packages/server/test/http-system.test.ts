import { readFile } from "node:fs/promises";
import { httpTwin } from "@watchword/emulators/http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

const KEY = "key_orders_canary_8e14_must_never_be_seen";

let here: Place;
let systems: string;
beforeEach(async () => {
  here = await place();
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-http/package.json"));
  const [, yaml = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
  systems = `${yaml}  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`;
});
afterEach(() => here[Symbol.asyncDispose]());

describe("an HTTP API that a configuration declares", () => {
  test("starts as the adapter's README shows it, with the connection that its check accepts", async () => {
    await using twin = await httpTwin({
      accounts: { acme: { orders: {} }, globex: { orders: {} } },
      keys: [{ secret: KEY, orders: "read", accounts: ["acme"] }],
    });
    await here.write("orders.key", KEY);
    const to = (account: string) =>
      `{ connections: { shop: { account: ${account}, secret: { file: orders.key } } } }`;
    const path = await here.configure({
      systems: systems.replace("adapter: http\n", `adapter: http\n    baseUrl: ${twin.url}\n`),
      tenants: `tenants:\n  acme: ${to("acme")}\n  globex: ${to("globex")}`,
    });
    await using server = await startServer(await loadConfiguration(path), {
      mode: "dev",
      log: (entry) => void here.log.push(entry),
    });
    expect(server.brokerUrl).toMatch(/^http:/);
    const logged = (event: string) => here.log.filter((entry) => entry.event === event);
    expect(logged("connection_put")).toMatchObject([
      { tenant: "acme", system: "shop", outcome: "connected" },
    ]);
    // The key is not globex's: the system said so, and nothing of globex can be reached with it.
    expect(logged("connection_refused")).toMatchObject([{ tenant: "globex", system: "shop" }]);
    expect(twin.requests.map(({ kind, path: read, status }) => [kind, read, status])).toEqual([
      ["resolve", "/v1/account", 200],
      ["resolve", "/v1/account", 403],
    ]);
    expect(JSON.stringify(here.log)).not.toContain(KEY);
  });

  test.for([
    {
      why: "a place without an argument",
      change: ["/v1/orders/{order}", "/v1/orders/{order}/{other}"],
      says: /config\.yaml:\d+:\d+ {2}systems\.shop\.operations\.ordersRetrieve\.path: \{other\} must be an argument/,
    },
    {
      why: "a key in the query",
      change: ["header: authorization, scheme: Bearer", "query: key"],
      says: /config\.yaml:\d+:\d+ {2}systems\.shop\.secret/,
    },
    {
      why: "custody that releases the key",
      change: ["adapter: http\n", "adapter: http\n    custody: released\n"],
      says: /config\.yaml:\d+:\d+ {2}systems\.shop: unknown key custody/,
    },
  ] as const)("does not start with $why, and the error says where", async ({ change: [from, to], says }) => {
    const path = await here.configure({ systems: systems.replace(from, to) });
    const started = loadConfiguration(path).then((configuration) =>
      startServer(configuration, { mode: "dev", log: () => undefined, env: {} }),
    );
    await expect(started).rejects.toMatchObject({ reason: "configuration_invalid" });
    await expect(started).rejects.toThrow(says);
  });
});
