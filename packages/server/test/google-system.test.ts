import { readFile } from "node:fs/promises";
import { type ProviderSeed, googleTwin } from "@watchword/emulators/google";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

const FEDERATION = "https://federation.test.example";
const PROVIDER = "projects/123456789012/locations/global/workloadIdentityPools/agents/providers/watchword";
const ACCOUNT = "acme-agents@acme-prod.iam.gserviceaccount.com";

let here: Place;
beforeEach(async () => void (here = await place()));
afterEach(() => here[Symbol.asyncDispose]());

test("Cloud Storage starts as the adapter's README shows it, and a tenant whose subject is bound to nothing is not connected", async () => {
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-google/package.json"));
  const [, yaml = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
  const provider: { -readonly [Member in keyof ProviderSeed]: ProviderSeed[Member] } = {
    issuer: FEDERATION,
    keys: [],
  };
  await using twin = await googleTwin({
    providers: { [PROVIDER]: provider },
    serviceAccounts: { [ACCOUNT]: ["tenant:acme:system:files"] },
    buckets: { reports: { objects: {}, admins: [ACCOUNT] } },
  });
  const path = await here.configure({
    systems: `${yaml}    baseUrl: ${twin.url}\n  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`,
    more: `federation: { issuer: "${FEDERATION}", listen: { port: 0 } }`,
  });
  await using server = await startServer(await loadConfiguration(path), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
  });
  provider.keys = (server.broker.federation?.keys.keys ?? []).map((key) => ({ ...key }));
  const connect = (tenant: string) =>
    server.broker.tenants.put({
      id: tenant,
      connections: { files: { account: `reports/${tenant}`, settings: { serviceAccount: ACCOUNT } } },
    });
  await connect("acme");
  expect(twin.tokens.map(({ kind }) => kind)).toEqual(["federated", "service-account", "cut-down"]);
  await expect(connect("globex")).rejects.toThrow(/roles\/iam\.workloadIdentityUser/);
  expect(twin.tokens.filter(({ kind }) => kind === "cut-down")).toHaveLength(1);
});
