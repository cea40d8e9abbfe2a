import { readFile } from "node:fs/promises";
import { type AccountSeed, snowflakeTwin } from "@watchword/emulators/snowflake";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Server, loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

const FEDERATION = "https://federation.test.example";

let here: Place;
let yaml: string;
beforeEach(async () => {
  here = await place();
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-snowflake/package.json"));
  [, yaml = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
});
afterEach(() => here[Symbol.asyncDispose]());

const payments = () => `  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`;
const to = (account: string) => `{ connections: { warehouse: { account: ${account} } } }`;

describe("Snowflake in a configuration", () => {
  test("starts as the adapter's README shows it, without any secret, where the account trusts the federation issuer", async () => {
    let issuer: Pick<Server, "broker"> | undefined;
    const account = (tenant: string, trusted = FEDERATION): AccountSeed => ({
      integration: { issuer: trusted, keys: async () => issuer?.broker.federation?.keys ?? {} },
      users: { [`tenant:${tenant}:system:warehouse`]: { name: "W", roles: ["AGENT_RO"] } },
      roles: { AGENT_RO: { warehouses: ["AGENT_WH"], tables: {} } },
      tables: {},
      statements: {},
    });
    await using twin = await snowflakeTwin({
      accounts: {
        "acme-prod": account("acme"),
        "globex-prod": account("globex", "https://federation.another.example"),
      },
    });
    const path = await here.configure({
      systems:
        yaml.replace("adapter: snowflake\n", `adapter: snowflake\n    baseUrl: ${twin.url}\n`) + payments(),
      more: `federation: { issuer: "${FEDERATION}", listen: { port: 0 } }`,
    });
    await using server = await startServer(await loadConfiguration(path), {
      mode: "dev",
      log: (entry) => void here.log.push(entry),
    });
    issuer = server;
    await server.broker.tenants.put({ id: "acme", connections: { warehouse: { account: "acme-prod" } } });
    // The other account trusts somebody else: nothing of it is connected.
    await expect(
      server.broker.tenants.put({ id: "globex", connections: { warehouse: { account: "globex-prod" } } }),
    ).rejects.toMatchObject({ reason: "connection_refused" });
    expect(twin.requests.map(({ kind, account: named, status }) => [kind, named, status])).toEqual([
      ["resolve", "acme-prod", 200],
      // Whether a token gets a role that it does not name is asked as well.
      ["resolve", "acme-prod", 401],
      ["resolve", undefined, 401],
    ]);
  });

  test.for([
    {
      why: "a read that changes rows",
      change: ["SELECT id, total FROM orders WHERE", "DELETE FROM orders WHERE id = {customer} AND"],
      says: /config\.yaml:\d+:\d+ {2}systems\.warehouse\.statements\.ordersOfCustomer\./,
    },
    {
      why: "an administrator's role",
      change: ["role: AGENT_RO", "role: ACCOUNTADMIN"],
      says: /config\.yaml:\d+:\d+ {2}systems\.warehouse\.role: is an administrator's role/,
    },
  ] as const)(
    "does not start with $why, and the error says where",
    async ({ change: [from, into], says }) => {
      const path = await here.configure({
        systems: yaml.replace(from, into) + payments(),
        tenants: `tenants:\n  acme: ${to("acme-prod")}`,
      });
      const started = loadConfiguration(path).then((configuration) =>
        startServer(configuration, { mode: "dev", log: () => undefined, env: {} }),
      );
      await expect(started).rejects.toMatchObject({ reason: "configuration_invalid" });
      await expect(started).rejects.toThrow(says);
    },
  );
});
