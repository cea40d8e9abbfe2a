import { readFile } from "node:fs/promises";
import { awsTwin } from "@watchword/emulators/aws";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Server, loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

const FEDERATION = "https://federation.test.example";
const ACME = "111122223333";
const GLOBEX = "444455556666";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

/** Accounts whose roles trust one tenant each; of globex's, another one. */
const accounts = [
  { id: ACME, tenant: "acme" },
  { id: GLOBEX, tenant: "initech" },
].map(({ id, tenant }) => ({
  id,
  roles: [
    {
      name: "watchword",
      trust: {
        issuer: FEDERATION,
        audiences: ["sts.amazonaws.com"],
        subject: `tenant:${tenant}:system:cloud`,
      },
      policy: {
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "sts:GetScopedCredentials", Resource: "*" },
      },
    },
  ],
}));

test("a configuration as in the README starts AWS without any secret: an account whose role trusts the tenant is connected, another is not", async () => {
  let server: Server | undefined;
  await using twin = await awsTwin({
    accounts,
    issuers: [
      {
        issuer: FEDERATION,
        keys: () => (server?.broker.federation?.keys.keys ?? []).map((key) => ({ ...key })),
      },
    ],
  });
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-aws/package.json"));
  const [, declared = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
  const path = await here.configure({
    systems: `${declared}    baseUrl: "${twin.url}"
  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`,
    more: `federation: { issuer: "${FEDERATION}", listen: { port: 0 } }`,
    tenants: "",
  });
  await using running = await startServer(await loadConfiguration(path), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
  });
  server = running;
  const connect = (id: string, account: string) =>
    running.broker.tenants.put({ id, connections: { cloud: { account } } });
  await connect("acme", ACME);
  await expect(connect("globex", GLOBEX)).rejects.toThrow(
    /AccessDenied.*trusts this issuer, subject and audience/,
  );
  await expect(connect("hooli", "hooli")).rejects.toThrow(/account is written 123456789012/);
  expect(twin.requests.map(({ kind, status }) => [kind, status])).toEqual([
    ["resolve", 200],
    ["resolve", 200],
    ["resolve", 400],
    ["resolve", 403],
  ]);
});

test.for<[string, string, RegExp]>([
  ["a key of AWS's", "accessKeyId: AKIA", /systems\.cloud: unknown key accessKeyId/],
  ["a bucket with a pattern", 'buckets: ["*"]', /systems\.cloud\.buckets/],
  [
    "a table without a sort key for tenants",
    "tenancy: prefix, tables: { orders: { partitionKey: id } }",
    /systems\.cloud\.tables\.orders\.sortKey/,
  ],
])("%s does not start, and the error says where", async ([, option, says]) => {
  const path = await here.configure({
    systems: `systems:
  cloud: { adapter: aws, region: eu-central-1, ${option} }
  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`,
  });
  const started = loadConfiguration(path).then((configuration) =>
    startServer(configuration, { mode: "dev", log: () => undefined, env: {} }),
  );
  await expect(started).rejects.toMatchObject({ reason: "configuration_invalid" });
  await expect(started).rejects.toThrow(says);
});
