import { jira } from "@watchword/adapter-jira";
import { type AdapterContext, type Connection, SealedCredential } from "@watchword/core";
import { type JiraTwin, jiraTwin } from "@watchword/emulators/jira";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { act, contextFor } from "./jira-acts.ts";
import { ACME, GLOBEX, projects } from "./jira-fixture.ts";
import { refusalOf } from "./refusal-of.ts";

const CLIENT_SECRET = "app_canary_6e2b";
const REDIRECT = "https://broker.example/connections/consent";
const SCOPES = ["read:jira-work", "write:jira-work", "offline_access"];

let twin: JiraTwin;
let now: number;
beforeEach(async () => {
  now = Date.parse("2026-11-25T00:00:00Z");
  twin = await jiraTwin({
    sites: { [ACME]: { projects: projects() }, [GLOBEX]: { projects: projects() } },
    clients: [{ id: "wide", secret: "s", scopes: ["read:jira-work"] }],
    apps: {
      app: { secret: CLIENT_SECRET, redirectUris: [REDIRECT], scopes: [...SCOPES, "manage:jira-project"] },
    },
    clock: { now: () => now },
  });
});
afterEach(() => twin.close());

const adapter = () =>
  jira({
    baseUrl: twin.url,
    authUrl: twin.url,
    consent: { clientId: "app", clientSecret: new SealedCredential(CLIENT_SECRET) },
  });

/** A person consents on one site; what the broker would keep. */
async function consented(site: string, scopes = SCOPES): Promise<{ access: string; refresh: string }> {
  const verifier = "v".repeat(43);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const url = new URL(adapter().consent?.authorizationEndpoint ?? "");
  url.search = new URLSearchParams({
    ...adapter().consent?.parameters,
    response_type: "code",
    client_id: "app",
    redirect_uri: REDIRECT,
    scope: scopes.join(" "),
    code_challenge: Buffer.from(digest).toString("base64url"),
    code_challenge_method: "S256",
  }).toString();
  const response = await fetch(adapter().consent?.tokenEndpoint ?? "", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      grant_type: "authorization_code",
      client_id: "app",
      client_secret: CLIENT_SECRET,
      code: twin.consent(url.href, { site }).searchParams.get("code"),
      redirect_uri: REDIRECT,
      code_verifier: verifier,
    }),
  });
  const answer = (await response.json()) as { access_token: string; refresh_token: string };
  return { access: answer.access_token, refresh: answer.refresh_token };
}

/** A context in whose place of a store stands `kept`. */
function keeping(refresh: string, kept: string[] = []): AdapterContext {
  kept.push(refresh);
  const connection: Connection = {
    tenant: "acme",
    system: "tracker",
    account: ACME,
    settings: {},
    secret: new SealedCredential(refresh),
  };
  return {
    ...contextFor(connection),
    clock: { now: () => now },
    rotateSecret: async (use) => {
      const { next, result } = await use(new SealedCredential(kept.at(-1) ?? ""));
      next?.open((token) => kept.push(token));
      return result;
    },
  };
}

const read = act("issues.get", { issue: "APP-1" });

describe("a person's consent", () => {
  test("is for exactly the scopes that writes need, and for the one site that it reaches", async () => {
    expect(adapter().consent).toMatchObject({ scopes: SCOPES, clientAuthentication: "post" });
    const { access } = await consented(GLOBEX);
    const context = contextFor(keeping("").connection);
    expect(await adapter().consent?.accountOf(new SealedCredential(access), context)).toBe(GLOBEX);
    const wide = new SealedCredential(twin.token("wide"));
    const refusal = await refusalOf(() => adapter().consent?.accountOf(wide, context));
    expect([refusal.reason, refusal.message]).toEqual([
      "downstream_refused",
      expect.stringMatching(/required: a consent for one site; held: one for 2/),
    ]);
  });

  test("is another refresh token after each use, and each next one is given to whoever keeps them", async () => {
    const kept: string[] = [];
    const context = keeping((await consented(ACME)).refresh, kept);
    const facts = await adapter().resolve(read, context);
    const authority = adapter().plan({ ...read, ...adapter().complete(read, facts, ACME) });
    const minted = await adapter().mint(authority, context);
    expect(adapter().covers(authority, minted.granted)).toBe(true);
    expect(await adapter().selfCheck(context)).not.toContainEqual(
      expect.objectContaining({ severity: "error" }),
    );
    expect(new Set(kept).size).toBe(4);
    // The first of them, long used, takes everything back.
    now += 600_000;
    expect((await refusalOf(() => adapter().resolve(read, keeping(kept[0] ?? "")))).reason).toBe(
      "downstream_refused",
    );
    const refusal = await refusalOf(() => adapter().resolve(read, context));
    expect([refusal.reason, refusal.message]).toEqual([
      "downstream_refused",
      expect.stringMatching(/required: a consent.*held.*consent again/),
    ]);
  });

  test("without anybody who keeps what comes next is not used at all", async () => {
    const { rotateSecret: _, ...context } = keeping((await consented(ACME)).refresh);
    const before = twin.requests.length;
    expect((await refusalOf(() => adapter().resolve(read, context))).reason).toBe("internal");
    expect(twin.requests).toHaveLength(before);
  });

  test("for more than was asked is wider than planned, and says so when it is checked", async () => {
    const wide = [...SCOPES, "manage:jira-project"];
    const context = keeping((await consented(ACME, wide)).refresh);
    const facts = await adapter().resolve(read, context);
    const authority = adapter().plan({ ...read, ...adapter().complete(read, facts, ACME) });
    const { granted } = await adapter().mint(authority, context);
    expect(adapter().covers(authority, granted)).toBe(false);
    expect(await adapter().selfCheck(context)).toContainEqual({
      severity: "error",
      text: expect.stringContaining("manage:jira-project as well"),
    });
  });

  test("leaves over what the person may, in reads as well, and counts as live wherever it is", async () => {
    const context = keeping((await consented(ACME)).refresh);
    const facts = await adapter().resolve(read, context);
    const authority = adapter().plan({ ...read, ...adapter().complete(read, facts, ACME) });
    expect(adapter().residual(authority)).toMatchObject({
      summary: expect.stringMatching(/comment on every issue that the person who consented may/),
      axes: expect.arrayContaining(["access"]),
    });
    expect(adapter().isLiveSecret(context.connection.secret)).toBe(true);
    expect(adapter().capabilities.rootSecret).toBe("rotating");
  });

  test("shows its client secret in no refusal, and is nothing for a data center", async () => {
    const refusal = await refusalOf(() => adapter().resolve(read, keeping("twin_refresh_canary")));
    expect(refusal.message).not.toMatch(/canary/);
    const consent = { clientId: "app", clientSecret: new SealedCredential(CLIENT_SECRET) };
    expect(() => jira({ dataCenter: "https://jira.example", consent })).toThrow(/or consent/);
  });
});
