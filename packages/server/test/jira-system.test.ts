import { jira } from "@watchword/adapter-jira";
import { jiraTwin } from "@watchword/emulators/jira";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { type Place, place } from "./place.ts";

const SITE = "11111111-2222-3333-4444-555555555551";
const ANOTHER = "11111111-2222-3333-4444-555555555552";
const CANARY = "tracker_canary_8f1d_must_never_be_seen";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

test("a configuration starts Jira, with the connection that its site accepts and without the one that it does not", async () => {
  await using twin = await jiraTwin({
    sites: { [SITE]: { projects: {} }, [ANOTHER]: { projects: {} } },
    clients: [{ id: "reader", secret: CANARY, scopes: ["read:jira-work"], sites: [SITE] }],
  });
  await here.write("tracker.json", JSON.stringify({ read: { clientId: "reader", clientSecret: CANARY } }));
  const to = (account: string) =>
    `{ connections: { tracker: { account: ${account}, secret: { file: tracker.json } } } }`;
  const path = await here.configure({
    systems: `systems:
  tracker: { adapter: jira, baseUrl: "${twin.url}", authUrl: "${twin.url}" }
  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`,
    tenants: `tenants:\n  acme: ${to(SITE)}\n  globex: ${to(ANOTHER)}`,
  });
  await using server = await startServer(await loadConfiguration(path), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
  });
  expect(server.brokerUrl).toMatch(/^http:/);
  const logged = (event: string) => here.log.filter((entry) => entry.event === event);
  expect(logged("connection_put")).toMatchObject([{ tenant: "acme", outcome: "connected" }]);
  expect(logged("connection_refused")).toMatchObject([{ tenant: "globex", system: "tracker" }]);
  expect(JSON.stringify(here.log)).not.toContain(CANARY);
});

test("a data center with addresses of Jira Cloud does not start, as in code, and the error says where", async () => {
  expect(() => jira({ dataCenter: "https://jira.example", authUrl: "https://auth.example" })).toThrow(
    /its origin alone/,
  );
  const path = await here.configure({
    systems: `systems:
  tracker: { adapter: jira, dataCenter: "https://jira.example", authUrl: "https://auth.example" }
  payments: { adapter: stripe, baseUrl: "${here.twin.url}" }`,
  });
  const started = loadConfiguration(path).then((configuration) =>
    startServer(configuration, { mode: "dev", log: () => undefined, env: {} }),
  );
  await expect(started).rejects.toThrow(/config\.yaml:\d+:\d+ {2}systems\.tracker\.dataCenter/);
});
