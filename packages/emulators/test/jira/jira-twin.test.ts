import { type JiraTwin, type JiraTwinOptions, jiraTwin } from "@watchword/emulators/jira";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SITE = "11111111-2222-3333-4444-555555555551";
const OTHER = "11111111-2222-3333-4444-555555555552";

const options = (): JiraTwinOptions => ({
  clock: { now: () => now },
  sites: {
    [SITE]: {
      projects: {
        APP: { id: 10_100, name: "SEC", issues: { 1: { summary: "a", labels: ["x"], links: ["SEC-1"] } } },
        SEC: { id: 10_200, name: "App", issues: { 1: { summary: "hidden" } } },
      },
    },
    [OTHER]: { projects: { APP: { id: 10_100, issues: { 1: { summary: "another tenant's" } } } } },
  },
  clients: [
    { id: "writer", secret: "s", scopes: ["read:jira-work", "write:jira-work"], sites: [SITE] },
    { id: "app", secret: "s", scopes: ["read:jira-work"], projects: ["APP"] },
  ],
});

let now = 0;
let twin: JiraTwin;
beforeEach(async () => {
  now = Date.parse("2026-11-25T00:00:00Z");
  twin = await jiraTwin(options());
});
afterEach(() => twin.close());

interface Sent {
  readonly as?: string;
  readonly method?: string;
  readonly body?: unknown;
}

async function send(path: string, { as = "writer", method = "GET", body }: Sent = {}) {
  const response = await fetch(`${twin.url}${path}`, {
    method,
    headers: {
      ...(as === "" ? {} : { authorization: `Bearer ${twin.token(as)}` }),
      "content-type": "application/json",
    },
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as never };
}
const api = (rest: string, site = SITE): string => `/ex/jira/${site}/rest/api/3${rest}`;
const jql = (query: string): string => api(`/search/jql?jql=${encodeURIComponent(query)}`);
const ask = (body: object) => send("/oauth/token", { as: "", method: "POST", body });
const keysOf = (answer: { body: { issues: readonly { key: string }[] } }) =>
  answer.body.issues.map(({ key }) => key);

describe("tokens", () => {
  const credential = { grant_type: "client_credentials", client_id: "writer", client_secret: "s" };

  test("one has the scopes that its credential was made with, whatever is asked, and lives an hour", async () => {
    const { body } = await ask({ ...credential, scope: "read:jira-work" });
    expect(body).toMatchObject({ expires_in: 3_600, scope: "read:jira-work write:jira-work" });
    const headers = { authorization: `Bearer ${(body as { access_token: string }).access_token}` };
    const read = async () => (await fetch(`${twin.url}${api("/issue/APP-1")}`, { headers })).status;
    expect(await read()).toBe(200);
    now += 3_600_000;
    expect(await read()).toBe(401);
  });

  test.for([
    { why: "another secret", change: { client_secret: "t" }, status: 401 },
    { why: "an unknown client", change: { client_id: "nobody" }, status: 401 },
    { why: "another grant", change: { grant_type: "password" }, status: 400 },
  ])("none for $why", async ({ change, status }) => {
    expect((await ask({ ...credential, ...change })).status).toBe(status);
    expect(twin.tokens()).toEqual([]);
  });

  test("at a data center a token has what was asked for, if the account may", async () => {
    await using data = await jiraTwin({
      ...options(),
      dataCenter: true,
      clients: [{ id: "dc", secret: "s", scopes: ["READ"] }],
    });
    const token = async (scope: string) =>
      fetch(`${data.url}/rest/oauth2/latest/token`, {
        method: "POST",
        body: new URLSearchParams({ ...credential, client_id: "dc", scope }),
      });
    expect((await token("WRITE")).status).toBe(400);
    expect((await token("")).status).toBe(400);
    expect(await (await token("READ")).json()).toMatchObject({ scope: "READ" });
  });
});

describe("it refuses", () => {
  test.for([
    { why: "no token", path: api("/issue/APP-1"), as: "", status: 401 },
    {
      why: "a site that the account was not given",
      path: api("/issue/APP-1", OTHER),
      as: "writer",
      status: 404,
    },
    { why: "a project that the account may not browse", path: api("/project/SEC"), as: "app", status: 404 },
    { why: "an issue there", path: api("/issue/SEC-1"), as: "app", status: 404 },
    { why: "JQL that it does not know", path: jql("issue in linkedIssues(1)"), as: "writer", status: 400 },
    { why: "a search of everything", path: api("/search/jql"), as: "writer", status: 400 },
  ])("$why", async ({ path, as, status }) => {
    expect((await send(path, { as })).status).toBe(status);
  });

  test.for([
    { why: "a scope that does not match", as: "app", rest: "/issue/APP-1", body: {}, status: 401 },
    {
      why: "a field that is not there",
      as: "writer",
      rest: "/issue/APP-1",
      body: { fields: { a: 1 } },
      status: 400,
    },
    {
      why: "a text where a document belongs",
      as: "writer",
      rest: "/issue/APP-1",
      body: { fields: { description: "a" } },
      status: 400,
    },
  ])("a write with $why", async ({ as, rest, body, status }) => {
    expect((await send(api(rest), { as, method: "PUT", body })).status).toBe(status);
    expect(twin.requests.map(({ kind }) => kind)).toEqual(["refused"]);
  });

  test("a transition that the issue cannot make now", async () => {
    const apply = (id: string) =>
      send(api("/issue/APP-1/transitions"), { method: "POST", body: { transition: { id } } });
    expect([(await apply("31")).status, (await apply("11")).status]).toEqual([400, 204]);
    expect(twin.issue(SITE, "APP-1")?.status.name).toBe("In Progress");
  });
});

describe("it lets happen what Jira lets happen", () => {
  test("a quoted project is a key, and where none has it, a name; OR widens a search", async () => {
    expect(keysOf(await send(jql('project = "SEC"')))).toEqual(["SEC-1"]);
    expect(keysOf(await send(jql("project = 10100")))).toEqual(["APP-1"]);
    expect(keysOf(await send(jql('project = "APP" AND labels IN ("y") OR project = "SEC"')))).toEqual([
      "SEC-1",
    ]);
    expect(keysOf(await send(jql('project = "APP" AND labels IN ("x OR y", "x")')))).toEqual(["APP-1"]);
  });

  test("an issue read without fields shows what it is linked with", async () => {
    expect(JSON.stringify((await send(api("/issue/APP-1"))).body)).toContain("hidden");
    expect(JSON.stringify((await send(api("/issue/APP-1?fields=summary"))).body)).not.toContain("hidden");
  });

  test("an issue that moved is found by its old key", async () => {
    expect(twin.move(SITE, "APP-1", "SEC")).toBe("SEC-2");
    expect((await send(api("/issue/APP-1?fields=project"))).body).toMatchObject({ key: "SEC-2" });
  });

  test("an issue is deleted, and that is an effect", async () => {
    expect((await send(api("/issue/APP-1"), { method: "DELETE" })).status).toBe(204);
    expect(twin.requests.map(({ kind }) => kind)).toEqual(["effect"]);
    expect(twin.issue(SITE, "APP-1")).toBeUndefined();
  });
});

test("it says when to come back, and what was done under a broken answer", async () => {
  twin.fail("429");
  const limited = await fetch(`${twin.url}${api("/issue/APP-1")}`);
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
  twin.fail("500-after-effect");
  const edited = await send(api("/issue/APP-1"), { method: "PUT", body: { fields: { summary: "b" } } });
  expect([edited.status, twin.issue(SITE, "APP-1")?.summary]).toEqual([500, "b"]);
});
