import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  CANARY,
  type PostgresPlace,
  postgresPlace,
  serverAddress,
} from "../../adapters/postgres/test/postgres-place.ts";
import { loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

const POLICY = `
watchword: 1
systems: { db: { adapter: postgres } }
grants:
  - { id: orders-read, agent: support, operation: db/rows.select, resource: { tenant: "\${tenant.db.account}" }, custody: released, lease: { action: 30s } }
`;

let rows: PostgresPlace;
beforeAll(async () => {
  rows = await postgresPlace();
});
afterAll(() => rows[Symbol.asyncDispose]());

let here: Place;
let systems: string;
beforeEach(async () => {
  here = await place();
  await here.write("policy/db.yaml", POLICY);
  await here.write("db.password", `${CANARY}\n`);
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-postgres/package.json"));
  const [, yaml = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
  const { host, port } = serverAddress();
  const { database, admin, rolePrefix } = rows.options;
  systems = `${yaml
    .replace("host: db.internal", `host: ${host}\n    port: ${port}`)
    .replace(
      "database: shop\n",
      `database: ${database}\n    admin: ${admin}\n    rolePrefix: ${rolePrefix}\n`,
    )}  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`;
});
afterEach(() => here[Symbol.asyncDispose]());

const start = async (changes: { systems: string; tenants?: string }) => {
  const to = (account: string): string =>
    `{ connections: { db: { account: ${account}, secret: { file: db.password } } } }`;
  const tenants = `tenants:\n  acme: ${to("acme")}\n  globex: ${to("globix")}`;
  const path = await here.configure({ tenants, ...changes });
  return startServer(await loadConfiguration(path), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
  });
};

describe("a database that a configuration declares", () => {
  test("starts as the adapter's README shows it; a tenant whose account no row has is not connected", async () => {
    await using server = await start({ systems });
    expect(server.brokerUrl).toMatch(/^http:/);
    const logged = (event: string) => here.log.filter((entry) => entry.event === event);
    expect(logged("connection_put")).toMatchObject([{ tenant: "acme", system: "db", outcome: "connected" }]);
    expect(logged("connection_refused")).toMatchObject([{ tenant: "globex", system: "db" }]);
    expect(JSON.stringify(here.log)).not.toContain(CANARY);
  });

  test.for<[string, readonly [string, string], RegExp]>([
    [
      "a table without its schema",
      ["shop.orders:", "orders:"],
      /config\.yaml:\d+:\d+ {2}systems\.db\.tables\.orders: must be schema\.table/,
    ],
    [
      "no TLS by wish",
      ["adapter: postgres\n", "adapter: postgres\n    ssl: false\n"],
      /systems\.db: unknown key ssl/,
    ],
  ])("does not start with %s, and the error says where", async ([, [from, to], says]) => {
    const started = start({ systems: systems.replace(from, to) });
    await expect(started).rejects.toMatchObject({ reason: "configuration_invalid" });
    await expect(started).rejects.toThrow(says);
  });
});
