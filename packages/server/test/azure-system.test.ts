import { readFile } from "node:fs/promises";
import { type AzureTwinOptions, azureTwin } from "@watchword/emulators/azure";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

const FEDERATION = "https://federation.test.example";
const READER = "aaaaaaaa-0000-4000-8000-00000000000a";

let here: Place;
beforeEach(async () => void (here = await place()));
afterEach(() => here[Symbol.asyncDispose]());

test("an API behind Entra ID starts as the adapter's README shows it, and a tenant that no app trusts is not connected", async () => {
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-azure/package.json"));
  const [, yaml = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
  const issuers: Record<string, AzureTwinOptions["issuers"][string]> = {};
  await using twin = await azureTwin({
    accounts: { acme: { orders: {} }, globex: { orders: {} } },
    resource: "api://orders",
    directories: {
      "11111111-1111-4111-8111-111111111111": {
        [READER]: {
          federated: [{ issuer: FEDERATION, subject: "tenant:acme:system:shop" }],
          roles: ["Orders.Read"],
          accounts: ["acme", "globex"],
        },
      },
    },
    issuers,
  });
  const path = await here.configure({
    systems: `${yaml
      .replace("adapter: azure\n", `adapter: azure\n    baseUrl: ${twin.url}\n`)
      .replace(
        "      check: reader",
        `      check: reader\n      loginUrl: ${twin.url}`,
      )}  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`,
    more: `federation: { issuer: "${FEDERATION}", listen: { port: 0 } }`,
  });
  await using server = await startServer(await loadConfiguration(path), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
  });
  issuers[FEDERATION] = (server.broker.federation?.keys.keys ?? []).map((key) => ({ ...key }));
  const connect = (tenant: string) =>
    server.broker.tenants.put({
      id: tenant,
      connections: { shop: { account: tenant, settings: { clients: { reader: READER } } } },
    });
  await connect("acme");
  expect(twin.tokens.map(({ roles }) => roles)).toEqual([["Orders.Read"], ["Orders.Read"]]);
  await expect(connect("globex")).rejects.toThrow(/AADSTS700213/);
  expect(twin.tokens).toHaveLength(2);
});
