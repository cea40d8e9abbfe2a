import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jira } from "@watchword/adapter-jira";
import { jiraCatalogue, writeJql } from "@watchword/adapter-jira/catalogue";
import { type OperationReference, type ValueMap, system } from "@watchword/core";
import { jiraTwin } from "@watchword/emulators/jira";
import { localKeySource } from "@watchword/identity/local-key";
import { bind, createRuntime, guard } from "@watchword/middleware";
import { checkConfiguration, startServer } from "@watchword/server";
import { type CloudClient, createCloudClient } from "jira.js";
import { expect, test } from "vitest";

const ISSUER = "https://broker.tracker.example";
const ACME = "11111111-2222-3333-4444-555555555551";
const GLOBEX = "11111111-2222-3333-4444-555555555552";
const CANARY = "tracker_canary_3d7e";
const tracker = system("tracker", jiraCatalogue);

const POLICY = `
watchword: 1
systems: { tracker: { adapter: jira } }
agents: { support: {} }
workloads: { desk: { identity: { localKey: desk }, agents: [support], tenant: { fixed: acme } } }
grants:
${["issues.get", "issues.search", "issues.create", "comments.add", "labels.change"]
  .map((operation) => grant(operation))
  .join("")}${grant("transitions.apply", "    where: { args.to: { in: [In Progress, Open] } }\n")}
`;

function grant(operation: string, more = ""): string {
  return `
  - id: ${operation.replace(".", "-")}
    agent: support
    operation: tracker/${operation}
    resource: { site: "\${tenant.tracker.account}", project: APP }
${more}    lease: { action: 60s }
`;
}

function startTwin() {
  const projects = {
    APP: {
      id: 10_100,
      issues: { 1: { summary: "The page is blank", links: ["SEC-1"] }, 2: { summary: "Slow" } },
    },
    SEC: { id: 10_200, issues: { 1: { summary: "nobody's business" } } },
  };
  const client = (id: string, ...scopes: string[]) => ({ id, secret: CANARY, scopes });
  return jiraTwin({
    sites: { [ACME]: { projects }, [GLOBEX]: { projects } },
    clients: [client("reader", "read:jira-work"), client("writer", "read:jira-work", "write:jira-work")],
  });
}

/** A tool over the stock client, whose arguments are the action's; what it sends, and to which site, is its own business. */
const tool = (
  reference: OperationReference,
  call: (client: CloudClient) => Promise<unknown>,
  site: string = ACME,
) =>
  guard(
    {
      name: reference.operation.name.replace(".", "_"),
      execute: async (_arguments: ValueMap, { credential }) => {
        const { url } = await credential.loopback();
        return (
          (await call(createCloudClient({ host: `${url}/ex/jira/${site}`, onSchemaMismatch: "throw" }))) ??
          "done"
        );
      },
    },
    bind(reference, (values: ValueMap) => values, { resource: () => ({ project: "APP" }) }),
  );

const text = (said: string) => ({
  type: "doc" as const,
  version: 1 as const,
  content: [{ type: "paragraph" as const, content: [{ type: "text" as const, text: said }] }],
});

test("the stock client works through a call's loopback, and changes what was decided, nothing else", async () => {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-tracker-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const twin = opened.use(await startTwin());
  const workload = join(directory, "workload");
  const source = await localKeySource({ directory: workload, subject: "desk", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  const configuration = {
    watchword: 1 as const,
    issuer: ISSUER,
    policy: "policy.yaml",
    store: { sqlite: "watchword.db" },
    keys: "keys",
    broker: { listen: { port: 0 } },
    gateway: { listen: { port: 0 } },
    systems: { tracker: jira({ baseUrl: twin.url, authUrl: twin.url }) },
    verifiers: [{ localKey: { directory: workload } }],
  };
  const server = opened.use(
    await startServer(checkConfiguration(configuration, directory), { mode: "dev", log: () => undefined }),
  );
  const credential = (clientId: string) => ({ clientId, clientSecret: CANARY });
  const secret = JSON.stringify({ read: credential("reader"), write: credential("writer") });
  await server.broker.tenants.put({ id: "acme", connections: { tracker: { account: ACME, secret } } });
  const runtime = createRuntime({
    broker: server.broker.client,
    workload: () => source.token(),
    agent: "support@1",
  });
  const effects = () => twin.requests.filter(({ kind }) => kind === "effect");
  const search = { labels: ["new"] };

  const answers = await runtime.run({}, async () => [
    await tool(tracker.issuesGet, (client) => client.issues.getIssue({ issueIdOrKey: "APP-1" })).execute({
      issue: "APP-1",
    }),
    await tool(tracker.issuesCreate, (client) =>
      client.issues.createIssue({
        fields: { project: { key: "APP" }, issuetype: { name: "Bug" }, summary: "New", labels: ["new"] },
      }),
    ).execute({ type: "Bug", summary: "New", labels: ["new"] }),
    await tool(tracker.issuesSearch, (client) =>
      client.issueSearch.searchAndReconsileIssuesUsingJql({
        jql: writeJql("APP", search),
        fields: ["summary"],
      }),
    ).execute({ ...search, fields: ["summary"] }),
    await tool(tracker.commentsAdd, (client) =>
      client.issueComments.addComment({ issueIdOrKey: "APP-1", body: text("Looked.") }),
    ).execute({ issue: "APP-1", text: "Looked." }),
    await tool(tracker.transitionsApply, (client) =>
      client.issues.doTransition({ issueIdOrKey: "APP-1", transition: { id: "11" } }),
    ).execute({ issue: "APP-1", transition: "11" }),
  ]);
  expect(answers).toMatchObject([
    { key: "APP-1" },
    { key: "APP-3" },
    { issues: [{ key: "APP-3" }] },
    { body: text("Looked.") },
    "done",
  ]);
  // What the issue is linked with is of another project, and was not shown.
  expect(JSON.stringify(answers)).not.toContain("nobody's business");
  expect(effects().map(({ site }) => site)).toEqual([ACME, ACME, ACME]);
  expect(twin.issue(ACME, "APP-1")).toMatchObject({ status: { name: "In Progress" }, comments: [{}] });

  twin.move(ACME, "APP-2", "SEC");
  const refusals = await runtime.run({}, async () => [
    // Asks for its own issue and writes on another; goes to another tenant's site; follows an issue to its new project;
    await tool(tracker.commentsAdd, (client) =>
      client.issueComments.addComment({ issueIdOrKey: "SEC-1", body: text("x") }),
    ).execute({ issue: "APP-1", text: "x" }),
    await tool(
      tracker.commentsAdd,
      (client) => client.issueComments.addComment({ issueIdOrKey: "APP-1", body: text("x") }),
      GLOBEX,
    ).execute({ issue: "APP-1", text: "x" }),
    await tool(tracker.labelsChange, () => Promise.resolve("never")).execute({ issue: "APP-2", add: ["x"] }),
    // searches more than it said; leads where no grant does.
    await tool(tracker.issuesSearch, (client) =>
      client.issueSearch.searchAndReconsileIssuesUsingJql({ jql: 'project = "APP" OR project = "SEC"' }),
    ).execute({}),
    await tool(tracker.transitionsApply, () => Promise.resolve("never")).execute({
      issue: "APP-1",
      transition: "21",
    }),
  ]);
  expect(refusals).toMatchObject([
    { reason: "request_mismatch" },
    { reason: "request_mismatch" },
    { reason: "condition_failed" },
    { reason: "request_mismatch" },
    { reason: "condition_failed" },
  ]);
  expect(effects()).toHaveLength(3);
  expect(twin.issue(GLOBEX, "APP-1")).toMatchObject({ comments: [] });
  expect(JSON.stringify([answers, refusals, twin.requests])).not.toContain(CANARY);
});
