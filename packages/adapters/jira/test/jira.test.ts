import { jira } from "@watchword/adapter-jira";
import { type Action, SealedCredential, requestProblem } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { act, contextFor, planned } from "./jira-acts.ts";
import { ACME, cloudFixture, connection, dataCenterFixture, projects, secretOf } from "./jira-fixture.ts";
import { refusalOf } from "./refusal-of.ts";

let here: Awaited<ReturnType<typeof cloudFixture>>;
beforeEach(async () => {
  here = await cloudFixture();
});
afterEach(() => here[Symbol.asyncDispose]());

const plan = (action: Action) => planned(here.adapter, here.own, action);
const reason = async (action: Action) => {
  const { reason: why, failedFact } = await refusalOf(() => plan(action));
  return [why, failedFact];
};
const changes = () => here.twin.requests.filter(({ kind }) => kind !== "resolve");

describe("whose project an issue is in says Jira, not its key", () => {
  test("an issue's project, status and type are facts before anything is decided", async () => {
    const { facts, authority } = await plan(act("issues.get", { issue: "APP-1" }, {}));
    expect(facts.values).toMatchObject({
      project: { key: "APP", id: "10100" },
      issue: { key: "APP-1", status: "In Progress", statusCategory: "indeterminate", type: "Task" },
    });
    expect(authority.resource).toEqual({ site: ACME, project: "APP" });
  });

  test("an issue that moved is of the project where it is now, by its old key as well", async () => {
    expect(here.twin.move(ACME, "APP-2", "SEC")).toBe("SEC-2");
    const { authority } = await plan(act("issues.get", { issue: "APP-2" }, {}));
    expect(authority.resource["project"]).toBe("SEC");
    expect(await reason(act("comments.add", { issue: "APP-2", text: "x" }))).toEqual([
      "condition_failed",
      "resource",
    ]);
    expect(changes()).toEqual([]);
  });

  test("an issue that is not there, or not for this account to see, is planned by nobody", async () => {
    for (const operation of ["issues.get", "transitions.list", "comments.list"])
      expect(await reason(act(operation, { issue: "APP-77" }))).toEqual([
        "condition_failed",
        "argument:issueId",
      ]);
    expect(await reason(act("issues.search", {}, { project: "NONE" }))).toEqual([
      "condition_failed",
      "argument:projectId",
    ]);
  });

  test("an id that the action names is no look-up", async () => {
    const named = { issueId: "10001", currentStatus: "Open", issueType: "Task" };
    for (const action of [
      act("issues.get", { issue: "APP-77", issueId: "10001" }),
      act("comments.add", { issue: "APP-77", text: "x", ...named }),
      act("issues.search", { projectId: "10200" }, { project: "NONE" }),
    ])
      expect((await reason(action))[0]).toBe("condition_failed");
    const moving = { issue: "APP-1", transition: "99", to: "Done" };
    expect(await reason(act("transitions.apply", moving))).toEqual(["condition_failed", "argument:to"]);
  });

  test("a search and a new issue without a project are planned by nobody", async () => {
    for (const action of [
      act("issues.search", {}, {}),
      act("issues.create", { type: "Bug", summary: "s" }, {}),
    ])
      expect(await reason(action)).toEqual(["request_malformed", "resource"]);
  });

  test.for(["app", "APP ", "ＡPP", "APP/../SEC", "10100", '"APP"'])(
    "no other spelling of a project is the tenant's: %s",
    async (project) => {
      expect(await reason(act("issues.search", {}, { project }))).toEqual(["tenant_mismatch", "tenant"]);
      expect(here.twin.requests).toEqual([]);
    },
  );

  test.for(["app-1", "APP-01", "APP-1 ", "ＡPP-1", "10001", "APP-1/comment", "APP-1?fields=*all"])(
    "no other spelling of an issue is looked up: %s",
    async (issue) => {
      expect((await reason(act("issues.get", { issue })))[0]).toBe("request_malformed");
      expect(here.twin.requests).toEqual([]);
    },
  );
});

describe("transitions", () => {
  const apply = (transition: string, more = {}) =>
    act("transitions.apply", { issue: "APP-1", transition, ...more });

  test("where one leads is read from the issue, for a policy to look at", async () => {
    const { facts, authority } = await plan(apply("21"));
    expect(facts.values["transition"]).toMatchObject({ name: "Finish", to: "Done", toCategory: "done" });
    expect(authority.arguments["to"]).toBe("Done");
  });

  test("one that this issue cannot make now is planned by nobody, though the workflow has it", async () => {
    expect(await reason(apply("31"))).toEqual(["condition_failed", "argument:to"]);
    expect(await reason(apply("99"))).toEqual(["condition_failed", "argument:to"]);
  });

  test("what the issue is now is decided with every change of it, and an action that says otherwise is refused", async () => {
    const { authority } = await plan(act("comments.add", { issue: "APP-1", text: "x" }));
    expect(authority.arguments).toMatchObject({ currentStatus: "In Progress", issueType: "Task" });
    for (const named of [{ currentStatus: "Open" }, { issueType: "Bug" }, { issueId: "1" }])
      expect((await reason(apply("21", named)))[0]).toBe("condition_failed");
  });

  test("an action that says where it leads must be right", async () => {
    expect(await reason(apply("21", { to: "Open" }))).toEqual(["condition_failed", "argument:to"]);
  });
});

describe("what is sent", () => {
  const stamp = { decisionId: "dec_1", idempotencyKey: "k" };
  const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
  const sent = async (action: Action) => {
    const { authority } = await plan(action);
    const outbound = here.adapter.enforce(authority, blank, stamp);
    const { pathname, searchParams } = new URL(outbound.url);
    const text = outbound.body === undefined ? undefined : new TextDecoder().decode(outbound.body);
    return { method: outbound.method, path: pathname, query: Object.fromEntries(searchParams), text };
  };
  const base = `/ex/jira/${ACME}/rest/api/3`;

  test("a search begins with the number of the decided project: its key could be another project's name", async () => {
    expect(
      (await sent(act("issues.search", { status: ["Open"], text: "a b", order: "updated DESC" }))).query,
    ).toMatchObject({
      jql: 'project = 10100 AND status IN ("Open") AND text ~ "a b" ORDER BY updated DESC',
    });
  });

  test("fields are always named, and none shows another issue", async () => {
    const { query } = await sent(act("issues.get", { issue: "APP-1" }));
    expect(query["fields"]?.split(",")).toContain("summary");
    for (const shows of ["issuelinks", "parent", "subtasks", "comment", "attachment", "*all"])
      expect(query["fields"]).not.toContain(shows);
  });

  test("a new issue names its project by number, and the decision as a property", async () => {
    const action = act("issues.create", { type: "Bug", summary: "s", description: "a\n\nb" });
    expect(JSON.parse((await sent(action)).text ?? "")).toEqual({
      fields: {
        project: { id: "10100" },
        issuetype: { name: "Bug" },
        summary: "s",
        description: {
          type: "doc",
          version: 1,
          content: [
            { type: "paragraph", content: [{ type: "text", text: "a" }] },
            { type: "paragraph" },
            { type: "paragraph", content: [{ type: "text", text: "b" }] },
          ],
        },
      },
      properties: [{ key: "watchword", value: { decision: "dec_1" } }],
    });
  });

  test("at a data center texts are texts, people have names, and the path names no site", async () => {
    await using data = await dataCenterFixture();
    const action = act("assignee.set", { issue: "APP-1", assignee: "ada" });
    const { authority } = await planned(data.adapter, data.own, action);
    const outbound = data.adapter.enforce(authority, blank, stamp);
    expect(new URL(outbound.url).pathname).toBe("/rest/api/2/issue/APP-1/assignee");
    expect(new TextDecoder().decode(outbound.body)).toBe('{"name":"ada"}');
    expect((await sent(action)).path).toBe(`${base}/issue/APP-1/assignee`);
  });
});

describe("the narrowest token that there is", () => {
  const mint = async (action: Action, own = here.own) => {
    const { authority } = await plan(action);
    return { authority, minted: await here.adapter.mint(authority, contextFor(own)) };
  };
  const comment = act("comments.add", { issue: "APP-1", text: "x" });

  test("a token for a read cannot write: Atlassian itself refuses", async () => {
    const { minted } = await mint(act("issues.get", { issue: "APP-1" }));
    const { authority } = await plan(comment);
    const stamp = { decisionId: "dec_1", idempotencyKey: "k" };
    const request = here.adapter.inject(
      here.adapter.enforce(
        authority,
        { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() },
        stamp,
      ),
      minted.credential,
    );
    const { status } = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      body: new Uint8Array(request.body ?? []),
    });
    expect(status).toBe(401);
    expect(here.twin.issue(ACME, "APP-1")?.comments).toHaveLength(1);
  });

  test("a connection without a credential that writes reads, and mints no write", async () => {
    const reading = connection("acme", ACME, secretOf("reader"));
    const { authority } = await plan(comment);
    const refusal = await refusalOf(() => here.adapter.mint(authority, contextFor(reading)));
    expect([refusal.reason, refusal.message]).toEqual([
      "downstream_refused",
      expect.stringMatching(/required.*held/),
    ]);
    const findings = await here.adapter.selfCheck(contextFor(reading));
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(changes()).toEqual([]);
  });

  test("a credential with more scopes than its rung is wider than planned, and no connection", async () => {
    const wide = connection("acme", ACME, secretOf("writer", "writer"));
    const { authority } = await plan(act("issues.get", { issue: "APP-1" }));
    const minted = await here.adapter.mint(authority, contextFor(wide));
    expect(here.adapter.covers(authority, minted.granted)).toBe(false);
    expect(await here.adapter.selfCheck(contextFor(wide))).toContainEqual({
      severity: "error",
      text: expect.stringContaining("write:jira-work as well"),
    });
  });

  test("where the answer names no scopes, Atlassian's list of sites does", async () => {
    await using silent = await cloudFixture({ namesScopes: false });
    const wide = connection("acme", ACME, secretOf("writer"));
    const action = act("issues.get", { issue: "APP-1" });
    const { authority } = await planned(silent.adapter, silent.own, action);
    const granted = async (own: typeof wide) =>
      (await silent.adapter.mint(authority, contextFor(own))).granted;
    expect(silent.adapter.covers(authority, await granted(silent.own))).toBe(true);
    expect(silent.adapter.covers(authority, await granted(wide))).toBe(false);
  });

  test("a data center gives each token the one scope that was asked for", async () => {
    await using data = await dataCenterFixture();
    for (const [action, scope] of [
      [act("issues.get", { issue: "APP-1" }), "READ"],
      [comment, "WRITE"],
    ] as const) {
      const { authority } = await planned(data.adapter, data.own, action);
      await data.adapter.mint(authority, contextFor(data.own));
      expect(data.twin.tokens().at(-1)).toEqual([scope]);
    }
  });

  test("a data center may say that WRITE reads, and READ must not say that it writes", async () => {
    await using data = await dataCenterFixture();
    const saying = { ...contextFor(data.own), fetch: async () => Response.json(answer) };
    const answer = { access_token: "t", token_type: "Bearer", expires_in: 3_600, scope: "READ WRITE" };
    const covered = async (action: Action) => {
      const { authority } = await planned(data.adapter, data.own, action);
      const { granted } = await data.adapter.mint(authority, saying);
      return data.adapter.covers(authority, granted);
    };
    expect(await covered(comment)).toBe(true);
    expect(await covered(act("issues.get", { issue: "APP-1" }))).toBe(false);
  });

  test("the self-check names an administrator, and a site that is another's", async () => {
    const known = { scopes: ["read:jira-work"], permissions: ["ADMINISTER"] };
    const clients = [
      { ...known, id: "reader", secret: "canary_reader_7b1c" },
      { ...known, id: "powerless", secret: "none" },
    ];
    await using admin = await cloudFixture({
      clients,
      sites: { [ACME]: { projects: projects(), url: "https://acme.example" } },
    });
    const own = {
      ...connection("acme", ACME, secretOf("reader")),
      settings: { url: "https://globex.example" },
    };
    const findings = await admin.adapter.selfCheck(contextFor(own));
    expect(findings).toContainEqual({ severity: "warning", text: expect.stringContaining("ADMINISTER") });
    expect(findings).toContainEqual({ severity: "error", text: expect.stringContaining("says another") });
  });

  test("a client secret shows in no refusal, whatever its form", async () => {
    for (const secret of [
      "plain_canary_1",
      '{"read":{"clientId":"a","clientSecret":"plain_canary_2","more":1}}',
      '{"clientId":"a","clientSecret":"plain_canary_3"}',
    ]) {
      const refusal = await refusalOf(() =>
        here.adapter.resolve(comment, contextFor(connection("acme", ACME, secret))),
      );
      expect([refusal.reason, refusal.message]).toEqual([
        "configuration_invalid",
        expect.not.stringContaining("canary"),
      ]);
      const known = here.adapter.isLiveSecret(new SealedCredential(secret));
      expect(known).toBe(!secret.startsWith('{"clientId"'));
    }
    expect(here.twin.requests).toEqual([]);
  });
});

test("an answer that comes to no end is given up with the caller", async () => {
  here.twin.fail("drip");
  const context = { ...contextFor(here.own), signal: AbortSignal.timeout(100) };
  const read = act("issues.get", { issue: "APP-1" });
  expect((await refusalOf(() => here.adapter.resolve(read, context))).reason).toBe("downstream_unavailable");
});

describe("options", () => {
  test("plain http is for this machine alone, and a data center has its origin alone", () => {
    expect(() => jira({ dataCenter: "http://jira.example" })).toThrow(/https/);
    expect(() => jira({ dataCenter: "https://jira.example/path" })).toThrow(/origin/);
    expect(() => jira({ dataCenter: "https://jira.example", authUrl: "https://auth.example" })).toThrow(
      /its origin alone/,
    );
    expect(jira().origins).toEqual(["https://api.atlassian.com"]);
    expect(jira({ dataCenter: "https://jira.example" }).origins).toEqual(["https://jira.example"]);
  });

  test.for(["another.jira.example", "JIRA.EXAMPLE", "jira.example:443"])(
    "a data center's connection names its host, in one spelling: not %s",
    async (account) => {
      const adapter = jira({ dataCenter: "https://jira.example" });
      const refusal = await refusalOf(() =>
        adapter.resolve(act("issues.get", { issue: "APP-1" }), contextFor(connection("acme", account))),
      );
      expect([refusal.reason, refusal.failedFact]).toEqual(["configuration_invalid", "tenant"]);
    },
  );

  test("an action of the wrong site is not that of a request", async () => {
    const { authority } = await plan(act("issues.get", { issue: "APP-1" }));
    const seen = here.adapter.actionOf({
      method: "GET",
      path: `/ex/jira/11111111-2222-3333-4444-555555555552/rest/api/3/issue/APP-1`,
      query: [],
      headers: {},
      body: new Uint8Array(),
    });
    expect(requestProblem(here.adapter.catalogue.operations["issuesGet"] as never, authority, seen)).toBe(
      "resource.site",
    );
  });
});
