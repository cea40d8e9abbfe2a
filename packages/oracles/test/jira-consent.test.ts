import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jira } from "@watchword/adapter-jira";
import { jiraCatalogue } from "@watchword/adapter-jira/catalogue";
import { SealedCredential, system } from "@watchword/core";
import { jiraTwin } from "@watchword/emulators/jira";
import { localKeySource } from "@watchword/identity/local-key";
import { bind, createRuntime, guard } from "@watchword/middleware";
import { checkConfiguration, startServer } from "@watchword/server";
import { expect, test } from "vitest";

const ISSUER = "https://broker.consents.example";
const ACME = "11111111-2222-3333-4444-555555555551";
const GLOBEX = "11111111-2222-3333-4444-555555555552";
const CANARY = "app_canary_91c0";
const tracker = system("tracker", jiraCatalogue);

const POLICY = `
watchword: 1
systems: { tracker: { adapter: jira } }
agents: { support: {} }
workloads: { desk: { identity: { localKey: desk }, agents: [support], tenant: { fixed: acme } } }
grants:
  - id: read
    agent: support
    operation: tracker/issues.get
    resource: { site: "\${tenant.tracker.account}", project: APP }
    lease: { action: 60s }
`;

const reading = guard(
  {
    name: "read_issue",
    execute: async ({ issue }: { issue: string }, { credential }) => {
      const url = `https://api.atlassian.com/ex/jira/${ACME}/rest/api/3/issue/${issue}`;
      const response = await credential.fetch(url);
      return ((await response.json()) as { key: string }).key;
    },
  },
  bind(tracker.issuesGet, ({ issue }: { issue: string }) => ({ issue })),
);

test("a person consents for one site, and agents act by it through every rotation and a new start, until it is taken back", async () => {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-consents-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const issues = { 1: { summary: "The page is blank" }, 2: { summary: "Slow" }, 3: { summary: "Odd" } };
  const site = { projects: { APP: { id: 10_100, issues } } };
  // As strict as no server is: a refresh token that is used twice takes everything back.
  const twin = opened.use(
    await jiraTwin({
      sites: { [ACME]: site, [GLOBEX]: site },
      clients: [],
      apps: {
        app: {
          secret: CANARY,
          redirectUris: [`${ISSUER}/connections/consent`],
          scopes: ["read:jira-work", "write:jira-work", "offline_access"],
        },
      },
      leewaySeconds: 0,
    }),
  );
  const workload = join(directory, "workload");
  const source = await localKeySource({ directory: workload, subject: "desk", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  const consent = { clientId: "app", clientSecret: new SealedCredential(CANARY) };
  const start = () => {
    const configuration = {
      watchword: 1 as const,
      issuer: ISSUER,
      policy: "policy.yaml",
      store: { sqlite: "watchword.db" },
      keys: "keys",
      broker: { listen: { port: 0 } },
      gateway: { listen: { port: 0 } },
      systems: { tracker: jira({ baseUrl: twin.url, authUrl: twin.url, consent }) },
      verifiers: [{ localKey: { directory: workload } }],
    };
    return startServer(checkConfiguration(configuration, directory), { mode: "dev", log: () => undefined });
  };
  const read = async (server: Awaited<ReturnType<typeof start>>, ...keys: readonly string[]) => {
    const runtime = createRuntime({
      broker: server.broker.client,
      workload: () => source.token(),
      agent: "support@1",
    });
    return runtime.run({}, () => Promise.all(keys.map((issue) => reading.execute({ issue }))));
  };

  {
    await using first = await start();
    const { tenants } = first.broker;
    await tenants.put({ id: "acme" });
    const finish = async (where: string) => {
      const url = await tenants.beginConsent("acme", "tracker", { account: ACME, by: "olga" });
      const { searchParams } = twin.consent(url, { site: where });
      return tenants.finishConsent({
        code: searchParams.get("code") ?? undefined,
        state: searchParams.get("state") ?? undefined,
      });
    };
    await expect(finish(GLOBEX)).rejects.toMatchObject({ reason: "consent_refused" });
    expect(await finish(ACME)).toMatchObject({ account: ACME, change: "connected" });
    // At the same moment, each with a look-up and a mint that use the refresh token up.
    expect(await read(first, "APP-1", "APP-2", "APP-3")).toEqual(["APP-1", "APP-2", "APP-3"]);
  }

  const second = opened.use(await start());
  expect(await read(second, "APP-1")).toEqual(["APP-1"]);
  twin.takeBack(ACME);
  expect(await read(second, "APP-1")).toMatchObject([{ reason: "downstream_refused" }]);
  const shown = [await second.broker.tenants.connections("acme"), twin.requests];
  expect(JSON.stringify(shown)).not.toMatch(/canary|twin_refresh_/);
});
