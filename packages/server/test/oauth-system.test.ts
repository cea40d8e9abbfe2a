import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type TwinJwk, oauthTwin } from "@watchword/emulators/oauth";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

let here: Place;
let systems: string;
beforeEach(async () => {
  here = await place();
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-oauth/package.json"));
  const [, yaml = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
  systems = `${yaml}  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`;
});
afterEach(() => here[Symbol.asyncDispose]());

describe("an API behind an authorization server that a configuration declares", () => {
  test("starts as the adapter's README shows it, and connects the accounts that the client reaches", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ format: "jwk" });
    await using twin = await oauthTwin({
      accounts: { acme: { orders: {} }, globex: { orders: {} } },
      clients: [
        {
          id: "watchword",
          proof: { keys: [publicKey.export({ format: "jwk" }) as TwinJwk] },
          scopes: ["orders:read"],
          accounts: ["acme"],
        },
      ],
    });
    await here.write("client.jwk", JSON.stringify({ ...key, alg: "ES256" }));
    const to = (account: string) =>
      `{ connections: { shop: { account: ${account}, secret: { file: client.jwk } } } }`;
    const path = await here.configure({
      systems: systems
        .replace("adapter: oauth\n", `adapter: oauth\n    baseUrl: ${twin.url}\n`)
        .replaceAll("https://login.orders.example/oauth", twin.url)
        .replaceAll("https://login.orders.example", twin.url),
      tenants: `tenants:\n  acme: ${to("acme")}\n  globex: ${to("globex")}`,
    });
    await using server = await startServer(await loadConfiguration(path), {
      mode: "dev",
      log: (entry) => void here.log.push(entry),
    });
    expect(server.brokerUrl).toMatch(/^http:/);
    const logged = (event: string) => here.log.filter((entry) => entry.event === event);
    expect(logged("connection_put")).toMatchObject([{ tenant: "acme", outcome: "connected" }]);
    // The server gives a token for globex as well; the API does not show it globex, and it is ended.
    expect(logged("connection_refused")).toMatchObject([{ tenant: "globex", system: "shop" }]);
    expect(twin.tokens).toHaveLength(2);
    expect(JSON.stringify(here.log)).not.toContain(String(key.d));
  });

  test("does not start where an operation would be asked for without a scope, and the error says where", async () => {
    const path = await here.configure({
      systems: systems.replace("{ ordersRetrieve: [orders:read] }", "{ ordersRetrieve: [] }"),
    });
    const started = loadConfiguration(path).then((configuration) =>
      startServer(configuration, { mode: "dev", log: () => undefined, env: {} }),
    );
    await expect(started).rejects.toThrow(
      /config\.yaml:\d+:\d+ {2}systems\.shop\.authorization\.scopes\.ordersRetrieve: must name a scope/,
    );
  });
});
