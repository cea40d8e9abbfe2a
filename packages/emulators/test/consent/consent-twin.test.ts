import { randomToken, sha256 } from "@watchword/core";
import { type ConsentTwin, type PersonsAnswer, consentTwin } from "@watchword/emulators/consent";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const BACK = "https://broker.example/connections/consent";
const VERIFIER = randomToken(32);
const SECRET = "client secret: with/odd+signs";

let now = 1_800_000_000_000;
let twin: ConsentTwin;
beforeEach(async () => {
  twin = await consentTwin({
    clients: {
      broker: { secret: SECRET, redirectUris: [BACK], scopes: ["read", "write"] },
      public: { redirectUris: [BACK], scopes: ["read"] },
    },
    accounts: ["site-1", "site-2"],
    clock: { now: () => now },
  });
});
afterEach(() => twin.close());

function ask(change: Record<string, string | undefined> = {}): string {
  const url = new URL(twin.authorizationEndpoint);
  const parameters = {
    response_type: "code",
    client_id: "broker",
    redirect_uri: BACK,
    scope: "read write",
    state: "s",
    code_challenge: sha256(VERIFIER),
    code_challenge_method: "S256",
    ...change,
  };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

const coded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1);
const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${coded(id)}:${coded(secret)}`).toString("base64")}`;

function codeOf(answer: PersonsAnswer = { account: "site-1" }): string {
  return twin.consent(ask(), answer).searchParams.get("code") ?? "";
}

async function token(
  form: Record<string, string>,
  authorization: string | undefined = basic("broker", SECRET),
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(twin.tokenEndpoint, {
    method: "POST",
    headers: authorization === "" ? {} : { authorization: authorization },
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const redeem = (code: string, change: Record<string, string> = {}): Record<string, string> => ({
  grant_type: "authorization_code",
  code,
  redirect_uri: BACK,
  client_id: "broker",
  code_verifier: VERIFIER,
  ...change,
});

async function accountOf(accessToken: unknown): Promise<number | object> {
  const headers = { authorization: `Bearer ${String(accessToken)}` };
  const response = await fetch(twin.accountEndpoint, { headers });
  return response.ok ? ((await response.json()) as object) : response.status;
}

describe("the authorization page", () => {
  test.for([{ client_id: "stranger" }, { client_id: "__proto__" }, { redirect_uri: `${BACK}/` }])(
    "sends nobody anywhere for %j",
    (change) => {
      expect(() => twin.consent(ask(change), { account: "site-1" })).toThrow(/invalid/);
    },
  );

  test.for([
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ code_challenge: undefined }, "invalid_request"],
    [{ code_challenge_method: "plain" }, "invalid_request"],
    [{ scope: "read admin" }, "invalid_scope"],
    [{ scope: "" }, "invalid_scope"],
  ] as const)("sends back %j with the error %s and no code", ([change, error]) => {
    const { searchParams } = twin.consent(ask(change), { account: "site-1" });
    expect([searchParams.get("error"), searchParams.get("code"), searchParams.get("state")]).toEqual([
      error,
      null,
      "s",
    ]);
  });

  test("sends back a no, names itself, and repeats no parameter", () => {
    const { searchParams } = twin.consent(ask(), { account: "site-1", consents: false });
    expect([searchParams.get("error"), searchParams.get("iss")]).toEqual(["access_denied", twin.url]);
    const twice = `${ask()}&scope=write`;
    expect(twin.consent(twice, { account: "site-1" }).searchParams.get("error")).toBe("invalid_request");
  });
});

describe("the token endpoint", () => {
  test.for([
    ["a code that nobody gave", { code: "x" }, undefined, "invalid_grant"],
    ["another redirect address", { redirect_uri: "https://evil.example" }, undefined, "invalid_grant"],
    ["another verifier", { code_verifier: randomToken(32) }, undefined, "invalid_grant"],
    ["another client", { client_id: "public" }, "", "invalid_grant"],
    ["a wrong secret", {}, basic("broker", "wrong"), "invalid_client"],
    ["no secret", {}, "", "invalid_client"],
    ["two clients' names", { client_id: "public" }, undefined, "invalid_client"],
    ["another grant", { grant_type: "password" }, undefined, "unsupported_grant_type"],
  ] as const)("refuses %s", async ([, change, authorization, error]) => {
    const { status, body } = await token(redeem(codeOf(), change), authorization);
    expect([status, body]).toEqual([error === "invalid_client" ? 401 : 400, { error }]);
  });

  test("takes a code once; coming again, it takes back what it gave", async () => {
    const code = codeOf();
    const first = await token(redeem(code));
    expect(first).toMatchObject({ status: 200, body: { token_type: "Bearer", scope: "read write" } });
    expect(await accountOf(first.body["access_token"])).toEqual({ account: "site-1", scope: "read write" });
    expect((await token(redeem(code))).body).toEqual({ error: "invalid_grant" });
    expect(await accountOf(first.body["access_token"])).toBe(401);
    const refresh = { grant_type: "refresh_token", refresh_token: String(first.body["refresh_token"]) };
    expect((await token(refresh)).body).toEqual({ error: "invalid_grant" });
  });

  test("takes no code after its minute, none that failed once, and no access token after its time", async () => {
    const late = codeOf();
    now += 60_000;
    expect((await token(redeem(late))).body).toEqual({ error: "invalid_grant" });
    const spoiled = codeOf();
    await token(redeem(spoiled, { code_verifier: "x" }));
    expect((await token(redeem(spoiled))).body).toEqual({ error: "invalid_grant" });
    const given = await token(redeem(codeOf()));
    now += 300_000;
    expect(await accountOf(given.body["access_token"])).toBe(401);
  });

  test("renews for the client that has the token, until the consent is taken back", async () => {
    const { body } = await token(redeem(codeOf({ account: "site-2", scopes: ["read"] })));
    const refresh = { grant_type: "refresh_token", refresh_token: String(body["refresh_token"]) };
    expect((await token({ ...refresh, client_id: "public" }, "")).body).toEqual({ error: "invalid_grant" });
    const renewed = await token(refresh);
    expect(await accountOf(renewed.body["access_token"])).toEqual({ account: "site-2", scope: "read" });
    twin.revoke("site-2");
    expect((await token(refresh)).body).toEqual({ error: "invalid_grant" });
    expect(await accountOf(renewed.body["access_token"])).toBe(401);
  });

  test("is for POST alone, and its log holds no token and no code", async () => {
    const code = codeOf();
    const { body } = await token(redeem(code));
    expect((await fetch(twin.tokenEndpoint)).status).toBe(404);
    const log = JSON.stringify(twin.requests);
    for (const secret of [code, SECRET, body["access_token"], body["refresh_token"]])
      expect(log).not.toContain(String(secret));
  });
});
