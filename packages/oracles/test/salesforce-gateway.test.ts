import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  type SalesforceOptions,
  recordId,
  salesforce,
  salesforceCatalogue,
} from "@watchword/adapter-salesforce";
import { type OperationReference, type ValueMap, money, system } from "@watchword/core";
import { type HandlerSeed, type SalesforceTwin, salesforceTwin } from "@watchword/emulators/salesforce";
import { localKeySource } from "@watchword/identity/local-key";
import { type GuardedCredential, bind, createRuntime, guard, httpBroker } from "@watchword/middleware";
import { type Server, checkConfiguration, startServer } from "@watchword/server";
import { Connection } from "jsforce";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

/** From a guarded tool over the stock client, by broker and gateway, to an org that exchanges the broker's federation tokens. */

const ISSUER = "https://broker.crm.example";
const FEDERATION = "https://federation.crm.example";
const HOST = "acme.my.salesforce.com";
const ORIGIN = `https://${HOST}`;
const KEY = `3MVG9${"x".repeat(40)}`;
const ORG = recordId("00D000000000001");
const CASE = recordId("500000000000001");
const OTHER = recordId("500000000000002");
const DEAL = recordId("006000000000001");

const declared = {
  flow: "token-exchange",
  handler: "Watchword",
  apiVersion: "62.0",
  objects: {
    cases: {
      object: "Case",
      keyPrefix: "500",
      fields: {
        Subject: { type: "string" },
        Status: { type: "string", enum: ["New", "Working", "Escalated"] },
      },
      retrieve: ["Id", "Subject", "Status"],
      query: { fields: ["Id", "Subject"], where: ["Status", "Subject"], maxRows: 20 },
      create: ["Subject", "Status"],
      update: ["Status"],
      decision: "Watchword_Decision__c",
      delete: true,
    },
    deals: {
      object: "Opportunity",
      keyPrefix: "006",
      fields: { Amount: { type: "money", currency: "EUR" } },
      update: ["Amount"],
    },
  },
} as const satisfies SalesforceOptions;
const crm = system("crm", salesforceCatalogue(declared));

const grant = (operation: string, where = "") => `
  - id: ${operation.replace(".", "-")}
    agent: support
    operation: crm/${operation}
    resource: { org: "\${tenant.crm.account}" }${where === "" ? "" : `\n    where: { ${where} }`}
    lease: { action: 60s }`;
const POLICY = `
watchword: 1
systems: { crm: { adapter: salesforce } }
agents: { support: {} }
workloads: { desk: { identity: { localKey: desk }, agents: [support], tenant: { fixed: acme } } }
grants:${grant("cases.retrieve")}${grant("cases.query", "args.Status: { in: [New, Escalated] }")}${grant("cases.create")}${grant("cases.update", "args.Status: { in: [Escalated] }")}${grant("deals.update", 'args.Amount: { max: "5000.00 EUR" }')}
`;

/** An org with a user for support agents, which may do more than any policy here lets an agent do. */
const startTwin = (keys: HandlerSeed["keys"]) =>
  salesforceTwin({
    orgs: [
      {
        id: ORG,
        host: HOST,
        apps: [
          {
            consumerKey: KEY,
            handler: {
              name: "Watchword",
              issuer: FEDERATION,
              keys,
              subject: "tenant:acme:system:crm",
              users: { support: "support@acme.example", "": "support@acme.example" },
            },
            scopes: ["api"],
            users: ["support@acme.example"],
            tokenMinutes: 1,
          },
        ],
        users: [
          {
            id: recordId("005000000000001"),
            username: "support@acme.example",
            objects: {
              Case: { read: true, create: true, edit: true, delete: true },
              Opportunity: { read: true, edit: true },
            },
          },
        ],
        objects: {
          Case: {
            keyPrefix: "500",
            fields: {
              Subject: { type: "string" },
              Status: { type: "string" },
              Secret__c: { type: "string" },
              Watchword_Decision__c: { type: "string" },
            },
          },
          Opportunity: { keyPrefix: "006", fields: { Amount: { type: "double" } } },
        },
        records: {
          Case: {
            [CASE]: { Subject: "It rains in", Status: "New", Secret__c: "a canary of the org" },
            [OTHER]: { Subject: "It's cold", Status: "Working" },
          },
          Opportunity: { [DEAL]: { Amount: 1 } },
        },
      },
    ],
  });

let directory: string;
let twin: SalesforceTwin;
let server: Server;
let asSupport: <Result>(work: () => Promise<Result>) => Promise<Result>;
const heard: unknown[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-crm-"));
  // As an org's handler reads the published keys.
  const keys: HandlerSeed["keys"][number][] = [];
  twin = await startTwin(keys);
  const workload = join(directory, "workload");
  const source = await localKeySource({ directory: workload, subject: "desk", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  const configuration = checkConfiguration(
    {
      watchword: 1,
      issuer: ISSUER,
      policy: "policy.yaml",
      store: { sqlite: "watchword.db" },
      keys: "keys",
      broker: { listen: { port: 0 } },
      gateway: { listen: { port: 0 } },
      federation: { issuer: FEDERATION, listen: { port: 0 } },
      systems: { crm: salesforce({ ...declared, baseUrl: twin.url }) },
      verifiers: [{ localKey: { directory: workload } }],
    },
    directory,
  );
  server = await startServer(configuration, { mode: "dev", log: (entry) => void heard.push(entry) });
  keys.push(...(server.broker.federation?.keys.keys ?? []).map((key) => ({ ...key })));
  await server.broker.tenants.put({
    id: "acme",
    connections: { crm: { account: HOST, settings: { organization: ORG, consumerKey: KEY } } },
  });
  const runtime = createRuntime({
    broker: httpBroker({ issuer: ISSUER, url: server.brokerUrl }),
    workload: () => source.token(),
    agent: "support@3",
    onToolError: (error, about) => void heard.push([error, about]),
  });
  asSupport = (work) => runtime.run({}, work);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await twin.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => void (twin.requests as unknown[]).splice(0));

const kinds = () => twin.requests.map(({ kind }) => kind);
const effects = () => twin.requests.filter(({ kind }) => kind === "effect");

/** A tool over the stock client, whose arguments are the action's; what it sends is its own business. */
const tool = (reference: OperationReference, call: (client: Connection) => PromiseLike<unknown>) =>
  guard(
    {
      name: reference.operation.name.replace(".", "_"),
      execute: async (_arguments: ValueMap, { credential }) => {
        const { url } = await credential.loopback();
        return call(new Connection({ instanceUrl: url, accessToken: "watchword", version: "62.0" }));
      },
    },
    bind(reference, (values: ValueMap) => values),
  );

describe("the stock jsforce client, through credential.loopback, broker and gateway", () => {
  test("reads, looks for, makes and changes what was decided, each with a token of its own that is dead afterwards", async () => {
    const answers = await asSupport(async () => [
      await tool(crm.casesRetrieve, (client) => client.sobject("Case").retrieve(CASE)).execute({
        record: CASE,
      }),
      await tool(crm.casesQuery, (client) =>
        client.sobject("Case").find({ Status: "New" }, ["Id", "Subject"]).limit(20),
      ).execute({ fields: ["Id", "Subject"], Status: "New", limit: 20 }),
      await tool(crm.casesCreate, (client) =>
        client.sobject("Case").create({ Subject: "ä", Status: "New" }),
      ).execute({ Subject: "ä", Status: "New" }),
      await tool(crm.casesUpdate, (client) =>
        client.sobject("Case").update({ Id: CASE, Status: "Escalated" }),
      ).execute({ record: CASE, Status: "Escalated" }),
      await tool(crm.dealsUpdate, (client) =>
        client.sobject("Opportunity").update({ Id: DEAL, Amount: 1234.5 }),
      ).execute({ record: DEAL, Amount: { minor: 123_450 } }),
    ]);
    expect(answers).toMatchObject([
      { Id: CASE, Subject: "It rains in", Status: "New" },
      [{ Id: CASE }],
      { success: true },
      { success: true },
      { success: true },
    ]);
    // The client asked for the whole record; it got what is declared.
    expect(JSON.stringify(answers)).not.toContain("canary");
    expect(twin.record(HOST, CASE)).toMatchObject({
      Status: "Escalated",
      Watchword_Decision__c: expect.stringMatching(/^dec_/) as unknown,
    });
    expect(twin.record(HOST, DEAL)).toMatchObject({ Amount: 1234.5 });
    expect(kinds()).toEqual([
      ...["resolve", "resolve", "effect", "effect", "effect"].flatMap((kind) => ["mint", kind]),
      ...Array.from({ length: 5 }, () => "revoke"),
    ]);
    expect(twin.tokens()).toEqual([]);
    expect(new Set(twin.requests.map(({ user }) => user))).toEqual(new Set(["support@acme.example"]));
  });

  test("what a grant does not hold is refused before anything is asked of the org", async () => {
    const ran: string[] = [];
    const attempt = (reference: OperationReference, values: ValueMap) =>
      tool(reference, async () => void ran.push(reference.operation.name)).execute(values);
    const refusals = await asSupport(async () => [
      await attempt(crm.casesUpdate, { record: CASE, Status: "Working" }),
      await attempt(crm.casesQuery, { limit: 20 }),
      await attempt(crm.dealsUpdate, { record: DEAL, Amount: money("5000.01", "EUR") }),
      await attempt(crm.casesDelete, { record: CASE }),
    ]);
    expect(refusals).toMatchObject([
      { reason: "condition_failed" },
      { reason: "condition_failed" },
      { reason: "limit_exceeded" },
      { reason: "not_granted" },
    ]);
    expect([ran, twin.requests]).toEqual([[], []]);
  });

  test("whatever else the tool sends with it is refused without effect, and the use stays for the decided one", async () => {
    const data = "/services/data/v62.0";
    const inner = { method: "DELETE", url: `${data}/sobjects/Case/${CASE}`, referenceId: "a" };
    const others: readonly (readonly [why: string, call: (client: Connection) => PromiseLike<unknown>])[] = [
      ["another record", (client) => client.sobject("Case").update({ Id: OTHER, Status: "Escalated" })],
      ["another value", (client) => client.sobject("Case").update({ Id: CASE, Status: "New" })],
      [
        "a field more",
        (client) => client.sobject("Case").update({ Id: CASE, Status: "Escalated", Subject: "x" }),
      ],
      ["another verb", (client) => client.sobject("Case").destroy(CASE)],
      ["a read", (client) => client.sobject("Case").retrieve(CASE)],
      [
        "the id in 15",
        (client) => client.sobject("Case").update({ Id: CASE.slice(0, 15), Status: "Escalated" }),
      ],
      ["other letters", (client) => client.sobject("case").update({ Id: CASE, Status: "Escalated" })],
      [
        "a list",
        (client) =>
          client.sobject("Case").update([
            { Id: CASE, Status: "Escalated" },
            { Id: OTHER, Status: "Escalated" },
          ]),
      ],
      ["a composite", (client) => client.requestPost(`${data}/composite`, { compositeRequest: [inner] })],
      ["a query", (client) => client.query("SELECT Id, Secret__c FROM Case")],
      ["a description", (client) => client.sobject("Case").describe()],
      ["anonymous Apex", (client) => client.request(`${data}/tooling/executeAnonymous?anonymousBody=x`)],
      ["Apex REST", (client) => client.requestPost("/services/apexrest/x", {})],
      ["a new token", (client) => client.requestPost("/services/oauth2/token", {})],
      ["the token's end", (client) => client.requestPost("/services/oauth2/revoke", {})],
    ];
    const result = await asSupport(() =>
      tool(crm.casesUpdate, async (client) => {
        const tried: [string, string][] = [];
        for (const [why, call] of others)
          tried.push([
            why,
            await call(client).then(
              () => "passed",
              (error: Error) => error.message,
            ),
          ]);
        const before = effects().length;
        await client.sobject("Case").update({ Id: CASE, Status: "Escalated" });
        return { tried, before };
      }).execute({ record: CASE, Status: "Escalated" }),
    );
    expect(result).toMatchObject({
      before: 0,
      tried: others.map(([why]) => [why, expect.stringContaining("request_mismatch") as unknown]),
    });
    expect(kinds()).toEqual(["mint", "effect", "revoke"]);
    expect(twin.record(HOST, OTHER)).toMatchObject({ Status: "Working" });
  });

  test("another org's host gets nothing, and after the tool returned neither does this one", async () => {
    const kept: GuardedCredential[] = [];
    const read = guard(
      {
        name: "read_case",
        execute: async (_arguments: ValueMap, { credential }) => {
          kept.push(credential);
          const path = `/services/data/v62.0/sobjects/Case/${CASE}`;
          return [
            await credential.fetch(`https://globex.my.salesforce.com${path}`).then(
              () => "passed",
              (error: { reason?: string }) => error.reason,
            ),
            (await credential.fetch(`${ORIGIN}${path}`)).status,
          ];
        },
      },
      bind(crm.casesRetrieve, (values: ValueMap) => values),
    );
    expect(await asSupport(() => read.execute({ record: CASE }))).toEqual(["target_refused", 200]);
    await expect(kept[0]?.fetch(`${ORIGIN}/services/data/v62.0/sobjects/Case/${CASE}`)).rejects.toMatchObject(
      {
        reason: "lease_expired",
      },
    );
    expect(twin.requests.map(({ kind, org }) => [kind, org])).toEqual([
      ["mint", HOST],
      ["resolve", HOST],
      ["revoke", HOST],
    ]);
  });

  test("a client that repeats a write whose connection broke does not repeat the effect", async () => {
    const update = tool(crm.casesUpdate, async (client) => {
      twin.fail("drop-after-effect");
      const send = () => client.sobject("Case").update({ Id: CASE, Status: "Escalated" });
      const answers: string[] = [];
      for (const attempt of [send, send])
        await attempt().catch((error: Error) => answers.push(error.message));
      twin.fail(null);
      return answers;
    });
    expect(await asSupport(() => update.execute({ record: CASE, Status: "Escalated" }))).toEqual([
      expect.stringContaining("outcome_unknown"),
      expect.stringContaining("lease_used"),
    ]);
    expect(effects()).toHaveLength(1);
  });

  test("an org whose requests are spent is not asked again for a while", async () => {
    const read = tool(crm.casesRetrieve, async (client) => {
      twin.fail("limit");
      return client
        .sobject("Case")
        .retrieve(CASE)
        .then(
          () => "read",
          ({ name }: Error) => name,
        );
    });
    expect(await asSupport(() => read.execute({ record: CASE }))).toBe("REQUEST_LIMIT_EXCEEDED");
    twin.fail(null);
    const before = twin.requests.length;
    expect(await asSupport(() => read.execute({ record: CASE }))).toMatchObject({
      reason: "rate_limited",
      retryable: true,
    });
    expect(twin.requests).toHaveLength(before);
  });

  test("no token shows in a log or in a file of the broker, and the ledger holds", async () => {
    expect(await server.broker.verifyLedger()).toMatchObject({ ok: true });
    // Each of the twin's tokens begins so, and so do the broker's own; none is written down.
    const token = Buffer.from(JSON.stringify({ tnk: `core/prod/${ORG}` }).slice(0, -1))
      .toString("base64url")
      .slice(0, 24);
    expect(inspect(heard, { depth: null, showHidden: true })).not.toContain(token);
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile()))
      expect((await readFile(join(file.parentPath, file.name))).includes(token), file.name).toBe(false);
  });
});
