import { type SalesforceTwin, salesforceTwin } from "@watchword/emulators/salesforce";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const HOST = "acme.my.salesforce.com";
const CASE = "500000000000001AAA";
const OTHER = "500000000000002AAA";
const DATA = "/services/data/v62.0";
const AGENT = "agent@acme.example";
const READER = "reader@acme.example";

let twin: SalesforceTwin;
let now: number;
beforeEach(async () => {
  now = 1_780_000_000_000;
  const org = (id: string, host: string) => ({
    id,
    host,
    apps: [
      { consumerKey: `key.of.${host}`, scopes: ["api"], users: [AGENT, READER], tokenMinutes: 1 as const },
    ],
    users: [
      {
        id: "005000000000001AAA",
        username: AGENT,
        objects: {
          Case: {
            read: true,
            create: true,
            edit: true,
            delete: true,
            fields: { Secret__c: "none" as const },
          },
        },
      },
      {
        id: "005000000000002AAA",
        username: READER,
        objects: { Case: { read: true, fields: { Status: "read" as const } } },
      },
    ],
    objects: {
      Case: {
        keyPrefix: "500",
        fields: {
          Subject: { type: "string" as const, length: 5, required: true },
          Status: { type: "string" as const, values: ["New", "Closed"] },
          Secret__c: { type: "string" as const },
          Open__c: { type: "boolean" as const },
        },
      },
    },
    records: {
      Case: {
        [CASE]: { Subject: "a", Status: "New", Secret__c: `of ${host}`, Open__c: true },
        [OTHER]: { Subject: "B", Status: "Closed", Open__c: false },
      },
    },
  });
  twin = await salesforceTwin({
    orgs: [org("00D000000000001EAA", HOST), org("00D000000000002EAA", "globex.my.salesforce.com")],
    clock: { now: () => now },
  });
});
afterEach(() => twin.close());

interface Sent {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
}

async function send(path: string, { method = "GET", token = twin.token(HOST, AGENT), body }: Sent = {}) {
  const response = await fetch(`${twin.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer: unknown = text === "" ? undefined : JSON.parse(text);
  const [first] = Array.isArray(answer) ? (answer as { errorCode: string }[]) : [];
  return { status: response.status, code: first?.errorCode, answer };
}

const query = async (soql: string) => {
  const { answer, code } = await send(`${DATA}/query?q=${encodeURIComponent(soql)}`);
  return code ?? (answer as { records: { Id: string }[] }).records.map(({ Id }) => Id);
};

describe("it refuses", () => {
  test.for<{ why: string; path: string; sent?: Sent; status: number; code: string }>([
    {
      why: "no token",
      path: `${DATA}/sobjects/Case/${CASE}`,
      sent: { token: "" },
      status: 401,
      code: "INVALID_SESSION_ID",
    },
    {
      why: "an unknown token",
      path: `${DATA}/sobjects/Case/${CASE}`,
      sent: { token: "x" },
      status: 401,
      code: "INVALID_SESSION_ID",
    },
    {
      why: "an object that is not there",
      path: `${DATA}/sobjects/Account/${CASE}`,
      status: 404,
      code: "NOT_FOUND",
    },
    {
      why: "a record that is not there",
      path: `${DATA}/sobjects/Case/500000000000009AAA`,
      status: 404,
      code: "NOT_FOUND",
    },
    { why: "an id that is none", path: `${DATA}/sobjects/Case/500`, status: 400, code: "MALFORMED_ID" },
    {
      why: "a field that the user cannot see",
      path: `${DATA}/sobjects/Case/${CASE}?fields=Secret__c`,
      status: 400,
      code: "INVALID_FIELD",
    },
    { why: "a path that it does not know", path: `${DATA}/limits`, status: 404, code: "NOT_FOUND" },
    { why: "what is no query", path: `${DATA}/query?q=DROP`, status: 400, code: "MALFORMED_QUERY" },
    {
      why: "a comparison with what the user cannot see",
      path: `${DATA}/query?q=${encodeURIComponent("SELECT Id FROM Case WHERE Secret__c = 'x'")}`,
      status: 400,
      code: "INVALID_FIELD",
    },
    ...(
      [
        [{ Subject: "abcdef" }, 400, "STRING_TOO_LONG"],
        [{ Status: "Open" }, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"],
        [{ Open__c: "true" }, 400, "JSON_PARSER_ERROR"],
        [{ Secret__c: "x" }, 400, "INVALID_FIELD"],
        [{ CreatedDate: "2026-01-31" }, 400, "INVALID_FIELD_FOR_INSERT_UPDATE"],
        [[], 400, "JSON_PARSER_ERROR"],
      ] as const
    ).map(([body, status, code]) => ({
      why: `the change ${JSON.stringify(body)}`,
      path: `${DATA}/sobjects/Case/${CASE}`,
      sent: { method: "PATCH", body },
      status,
      code,
    })),
    {
      why: "a record without what it needs",
      path: `${DATA}/sobjects/Case`,
      sent: { method: "POST", body: { Status: "New" } },
      status: 400,
      code: "REQUIRED_FIELD_MISSING",
    },
  ])("$why: $status $code", async ({ path, sent, status, code }) => {
    expect(await send(path, sent)).toMatchObject({ status, code });
    expect(twin.requests.filter(({ kind }) => kind === "effect")).toEqual([]);
  });

  test("every change by a user that may only read", async () => {
    const token = twin.token(HOST, READER);
    const record = `${DATA}/sobjects/Case/${CASE}`;
    const answers = [
      await send(record, { token, method: "PATCH", body: { Subject: "x" } }),
      await send(record, { token, method: "DELETE" }),
      await send(`${DATA}/sobjects/Case`, { token, method: "POST", body: { Subject: "x" } }),
    ];
    expect(answers.map(({ status, code }) => [status, code])).toEqual(
      answers.map(() => [403, "INSUFFICIENT_ACCESS_OR_READONLY"]),
    );
    expect((await send(record, { token })).status).toBe(200);
    expect(twin.count(HOST, "Case")).toBe(2);
  });

  test("a token after its minute, also for its own end", async () => {
    const token = twin.token(HOST, AGENT);
    now += 59_000;
    expect((await send(`${DATA}/sobjects/Case/${CASE}`, { token })).status).toBe(200);
    now += 1_000;
    expect((await send(`${DATA}/sobjects/Case/${CASE}`, { token })).status).toBe(401);
    const ended = await fetch(`${twin.url}/services/oauth2/revoke`, {
      method: "POST",
      body: new URLSearchParams({ token }),
    });
    expect([ended.status, await ended.json()]).toMatchObject([400, { error: "invalid_token" }]);
  });

  test.for([
    [{}, "unsupported_grant_type"],
    [{ grant_type: "client_credentials", client_id: `key.of.${HOST}` }, "unsupported_grant_type"],
    [{ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "x" }, "invalid_grant"],
    [{ grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", client_id: "x" }, "invalid_client_id"],
    [
      { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", client_id: `key.of.${HOST}` },
      "invalid_request",
    ],
  ] as const)("a request for a token by %j: %s", async ([form, error]) => {
    const answer = await fetch(`${twin.url}/services/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error }]);
    expect(twin.requests).toMatchObject([{ kind: "refused" }]);
    expect(twin.tokens()).toEqual([]);
  });
});

describe("it takes what Salesforce takes", () => {
  test("a record without named fields shows all that the user may see, in any letters, by 15 characters too", async () => {
    const { answer } = await send(`${DATA}/sobjects/CASE/${CASE.slice(0, 15)}`);
    expect(answer).toMatchObject({ Id: CASE, Subject: "a", Status: "New", Open__c: true });
    expect(answer).not.toHaveProperty("Secret__c");
    expect(await send(`${DATA}/sobjects/case/${CASE}?fields=id,SUBJECT`)).toMatchObject({
      answer: { Id: CASE, Subject: "a" },
    });
  });

  test("the token says which org it is, whatever ids they share", async () => {
    await send(`${DATA}/sobjects/Case/${CASE}`, {
      token: twin.token("globex.my.salesforce.com", AGENT),
      method: "DELETE",
    });
    expect([twin.count(HOST, "Case"), twin.count("globex.my.salesforce.com", "Case")]).toEqual([2, 1]);
  });

  test("queries of many forms", async () => {
    expect(
      await query("SELECT Id FROM Case WHERE Status = 'new' OR Subject = 'B' ORDER BY Subject DESC"),
    ).toEqual([OTHER, CASE]);
    expect(await query("select id from case where not Open__c = true")).toEqual([OTHER]);
    expect(await query("SELECT Id FROM Case WHERE Subject IN ('a', 'x') AND (Status != 'Closed')")).toEqual([
      CASE,
    ]);
    expect(await query("SELECT Id FROM Case LIMIT 1")).toEqual([CASE]);
    expect(await query(String.raw`SELECT Id FROM Case WHERE Subject = 'a\' OR Id != \''`)).toEqual([]);
  });

  test("requests within a request: each is done, and one that fails stops no other", async () => {
    const inner = (url: string, referenceId: string) => ({ method: "DELETE", url, referenceId });
    const { answer } = await send(`${DATA}/composite`, {
      method: "POST",
      body: {
        compositeRequest: [
          inner(`${DATA}/sobjects/Case/500000000000009AAA`, "a"),
          inner(`${DATA}/sobjects/Case/${CASE}`, "b"),
        ],
      },
    });
    expect(answer).toMatchObject({ compositeResponse: [{ httpStatusCode: 404 }, { httpStatusCode: 204 }] });
    expect(twin.count(HOST, "Case")).toBe(1);
    expect(twin.requests.map(({ kind }) => kind)).toEqual(["effect"]);
  });
});

test("it fails when told to: before anything happens, or after it has", async () => {
  const change = () =>
    send(`${DATA}/sobjects/Case/${CASE}`, { method: "PATCH", body: { Subject: "new" } }).catch(
      () => undefined,
    );
  for (const [mode, status] of [
    ["500", 500],
    ["429", 429],
    ["limit", 403],
    ["down", undefined],
  ] as const) {
    twin.fail(mode);
    expect((await change())?.status, mode).toBe(status);
  }
  expect(twin.record(HOST, CASE)).toMatchObject({ Subject: "a" });
  twin.fail("500-after-effect");
  expect((await change())?.status).toBe(500);
  expect(twin.record(HOST, CASE)).toMatchObject({ Subject: "new" });
});
