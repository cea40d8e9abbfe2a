import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Server, loadConfiguration, startServer } from "../src/index.ts";
import { ISSUER, type Place, place } from "./place.ts";

const SECRET = "canary-approval-secret-77";

let real: Place;
beforeEach(async () => void (real = await place({ production: true })));
afterEach(() => real[Symbol.asyncDispose]());

const serve = async (more: string): Promise<Server> =>
  startServer(await loadConfiguration(await real.configure({ more })), {
    log: (entry) => void real.log.push(entry),
    env: { ...process.env, APPROVAL_SECRET: SECRET },
  });

const login = (more = ""): string => `
approvals:
  notify: { url: "https://hooks.example/w", secret: { env: APPROVAL_SECRET } }
  login:
    issuer: https://login.test.example
    jwks: { inline: ${JSON.stringify(real.login.jwks)} }
    algorithms: [ES256]
    clientId: broker-web
    clientSecret: { env: APPROVAL_SECRET }
    authorizationEndpoint: https://login.test.example/authorize
    tokenEndpoint: https://login.test.example/token
    scopes: [groups]
${more}`;

describe("a server", () => {
  test("has people decide: by their token, and in a browser where it knows a login service", async () => {
    await using server = await serve(login());
    const begun = await fetch(`${server.brokerUrl}/approvals/login`, { redirect: "manual" });
    const to = new URL(begun.headers.get("location") ?? "");
    expect(`${to.origin}${to.pathname}`).toBe("https://login.test.example/authorize");
    expect(to.searchParams.get("client_id")).toBe("broker-web");
    expect(to.searchParams.get("redirect_uri")).toBe(`${ISSUER}/approvals/login/callback`);
    const listed = await fetch(`${server.brokerUrl}/approvals`, {
      headers: { authorization: "Bearer a.b.c" },
    });
    expect(listed.status).toBe(401);
    const posted = await fetch(`${server.brokerUrl}/approvals/login/decision`, {
      method: "POST",
      headers: { origin: ISSUER, "content-type": "application/x-www-form-urlencoded" },
      body: "answer=made-up",
    });
    expect([posted.status, posted.headers.get("content-type")]).toEqual([401, "text/html; charset=utf-8"]);
    expect(real.log.filter(({ event }) => event === "request_refused").map(({ reason }) => reason)).toEqual([
      "token_malformed",
      "login_refused",
    ]);
    expect(JSON.stringify(real.log)).not.toContain(SECRET);
  });

  test("serves no page without a login", async () => {
    await using server = await serve("");
    const headers = { origin: ISSUER };
    expect((await fetch(`${server.brokerUrl}/approvals/login`, { redirect: "manual" })).status).toBe(401);
    expect((await fetch(`${server.brokerUrl}/approvals`, { headers })).status).toBe(403);
  });

  test.for<{ name: string; more: () => string; says: RegExp }>([
    { name: "a key that the grammar does not know", more: () => login("  webhook: x\n"), says: /webhook/ },
    {
      name: "a secret that is not there",
      more: () => login().replaceAll("APPROVAL_SECRET", "NOT_SET"),
      says: /approvals\.notify\.secret: environment variable NOT_SET is not set/,
    },
    {
      name: "plain http to another machine",
      more: () => login().replace("https://hooks.example", "http://hooks.example"),
      says: /notify\.url must be https/,
    },
    {
      name: "a key set without keys",
      more: () => login().replace(/jwks: .*\n/, "jwks: { file: nowhere.json }\n"),
      says: /approvals\.login\.jwks\.file/,
    },
  ])("does not start with $name", async ({ more, says }) => {
    const error = await serve(more()).then(
      async (server) => (await server[Symbol.asyncDispose](), new Error("it started")),
      (refused: unknown) => refused as Error,
    );
    expect(error.message).toMatch(says);
  });
});
