import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { salesforceTwin } from "@watchword/emulators/salesforce";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

const KEY = `3MVG9${"x".repeat(40)}`;
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

let here: Place;
let systems: string;
beforeEach(async () => {
  here = await place();
  const readme = new URL("README.md", import.meta.resolve("@watchword/adapter-salesforce/package.json"));
  const [, yaml = ""] = /```yaml\n(systems:\n[^`]*)```/.exec(await readFile(readme, "utf8")) ?? [];
  systems = `${yaml}  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`;
});
afterEach(() => here[Symbol.asyncDispose]());

const startTwin = () =>
  salesforceTwin({
    orgs: ["acme", "globex"].map((tenant, index) => ({
      id: ["00D000000000001EAA", "00D000000000002EAA"][index] ?? "",
      host: `${tenant}.my.salesforce.com`,
      apps: [
        {
          consumerKey: `${KEY}.${tenant}`,
          publicKey: pair.publicKey,
          scopes: ["api"],
          users: [`agent@${tenant}.example`],
          tokenMinutes: 1,
        },
      ],
      users: [
        {
          id: "005000000000001AAA",
          username: `agent@${tenant}.example`,
          objects: { Case: { read: true, edit: true } },
        },
      ],
      objects: {
        Case: { keyPrefix: "500", fields: { Subject: { type: "string" }, Status: { type: "string" } } },
      },
      records: {},
    })),
  });

describe("a Salesforce org that a configuration declares", () => {
  test("starts as the adapter's README shows it, with the connection that its check accepts", async () => {
    await using twin = await startTwin();
    await here.write("salesforce.key", pair.privateKey);
    const to = (account: string, org: string) =>
      `{ connections: { crm: { account: ${account}.my.salesforce.com, secret: { file: salesforce.key }, settings: { organization: ${org}, consumerKey: ${KEY}.acme, username: agent@acme.example } } } }`;
    const path = await here.configure({
      systems: systems.replace("flow: token-exchange", `flow: jwt-bearer\n    baseUrl: ${twin.url}`),
      tenants: `tenants:\n  acme: ${to("acme", "00D000000000001EAA")}\n  globex: ${to("globex", "00D000000000002EAA")}`,
    });
    await using server = await startServer(await loadConfiguration(path), {
      mode: "dev",
      log: (entry) => void here.log.push(entry),
    });
    expect(server.brokerUrl).toMatch(/^http:/);
    const logged = (event: string) => here.log.filter((entry) => entry.event === event);
    expect(logged("connection_put")).toMatchObject([{ tenant: "acme", system: "crm", outcome: "connected" }]);
    // The app is acme's, whatever host and org the connection names: its token says so, and globex gets none of it.
    expect(logged("connection_refused")).toMatchObject([{ tenant: "globex", system: "crm" }]);
    expect(twin.requests.map(({ kind, org }) => [kind, org])).toEqual(
      ["mint", "resolve", "resolve", "revoke", "mint", "revoke"].map((kind) => [
        kind,
        "acme.my.salesforce.com",
      ]),
    );
    expect(JSON.stringify(here.log)).not.toContain(pair.privateKey.split("\n")[1]);
  });

  test.for([
    {
      why: "a field that is not declared",
      change: ["update: [Status]", "update: [OwnerId]"],
      says: /config\.yaml:\d+:\d+ {2}systems\.crm\.objects\.cases\.update\[?\.?0\]?: OwnerId is not one of the fields/,
    },
    {
      why: "custody that releases tokens",
      change: ["adapter: salesforce\n", "adapter: salesforce\n    custody: released\n"],
      says: /config\.yaml:\d+:\d+ {2}systems\.crm: unknown key custody/,
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
