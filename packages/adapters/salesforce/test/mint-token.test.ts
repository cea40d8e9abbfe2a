import {
  type Adapter,
  type AdapterContext,
  type Authority,
  type Connection,
  Refusal,
  SealedCredential,
  type ValueMap,
  newAction,
  systemClock,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { ACME, AGENT, CASE, GLOBEX, connection, salesforceFixture } from "./salesforce-fixture.ts";

const STAMP = { decisionId: "dec_1", idempotencyKey: "once" };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };

function contextOf(connected: Connection, changes: Partial<AdapterContext> = {}): AdapterContext {
  return {
    connection: connected,
    fetch: (input, init) => fetch(input, init),
    clock: systemClock,
    signal: new AbortController().signal,
    ...changes,
  };
}

function planned(adapter: Adapter, operation: string, values: ValueMap, account = ACME): Authority {
  const action = newAction({ system: "crm", operation, resource: {}, arguments: values });
  return adapter.plan({ ...action, ...adapter.complete(action, { owners: {}, values: {} }, account) });
}

const reading = (adapter: Adapter, account?: string) =>
  planned(adapter, "cases.retrieve", { record: CASE }, account);

async function refusal(attempt: () => unknown): Promise<Refusal> {
  try {
    await attempt();
  } catch (error) {
    if (Refusal.is(error)) return error;
    throw error;
  }
  throw new Error("was not refused");
}

/** What the org answers to a request for a token, everything right but what is changed. */
function answering(changes: object, seen: string[] = []): typeof fetch {
  const claims = Buffer.from(
    JSON.stringify({ exp: Math.floor(Date.now() / 1000) + 60, scp: "api" }),
  ).toString("base64url");
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const form = new URLSearchParams(typeof init?.body === "string" ? init.body : "");
    seen.push(pathname === "/services/oauth2/revoke" ? `end ${form.get("token")?.slice(0, 3) ?? ""}` : "ask");
    if (pathname === "/services/oauth2/revoke") return new Response(null, { status: 200 });
    return Response.json({
      access_token: `e30.${claims}.c2ln`,
      token_type: "Bearer",
      instance_url: `https://${ACME}`,
      id: "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
      scope: "api",
      ...changes,
    });
  };
}

describe("a token", () => {
  test("is for one action, ends within its minutes, and is dead once it was ended", async () => {
    let now = Date.now();
    const clock = { now: () => now };
    await using fixture = await salesforceFixture({ clock });
    const { adapter, twin, own } = fixture;
    const context = contextOf(own, { clock });
    const send = async (credential: SealedCredential) => {
      const outbound = adapter.inject(adapter.enforce(reading(adapter), BLANK, STAMP), credential);
      return (await fetch(outbound.url, { headers: { ...outbound.headers } })).status;
    };
    const [first, second] = [
      await adapter.mint(reading(adapter), context),
      await adapter.mint(reading(adapter), context),
    ];
    expect(first.nativeExpiresAt).toBe(Math.floor(now / 1000) + 60);
    expect(await send(first.credential)).toBe(200);
    expect(await adapter.revoke(first.credential, context)).toBe("revoked");
    expect([await send(first.credential), await send(second.credential)]).toEqual([401, 200]);
    expect(await adapter.revoke(first.credential, context)).toBe("already_dead");
    now += 60_000;
    expect(await send(second.credential)).toBe(401);
    expect(await adapter.revoke(second.credential, context)).toBe("already_dead");
    expect(twin.tokens()).toEqual([]);
  });

  test("that Salesforce gives twice ends for both: later than promised it never does, earlier it may", async () => {
    await using fixture = await salesforceFixture({ twin: { sameToken: true } });
    const { adapter, own } = fixture;
    const [one, other] = [
      await adapter.mint(reading(adapter), contextOf(own)),
      await adapter.mint(reading(adapter), contextOf(own)),
    ];
    expect(one.credential.fingerprint).toBe(other.credential.fingerprint);
    expect(adapter.capabilities.revoke).toBe("shared-token");
    expect(await adapter.revoke(one.credential, contextOf(own))).toBe("revoked");
    expect(await adapter.revoke(other.credential, contextOf(own))).toBe("already_dead");
  });

  test.for([
    { why: "lives longer than declared", app: { tokenMinutes: 5 as const } },
    { why: "has a scope that is not declared", app: { scopes: ["api", "full"] } },
  ])("that $why is granted as what it is, so that the broker refuses it", async ({ app }) => {
    await using fixture = await salesforceFixture({ app });
    const { adapter, own } = fixture;
    const authority = reading(adapter);
    const { granted } = await adapter.mint(authority, contextOf(own));
    expect(adapter.covers(authority, granted)).toBe(false);
  });

  test("that is opaque is ended and refused: every use would prolong it", async () => {
    await using fixture = await salesforceFixture({ app: { tokenMinutes: null } });
    const { adapter, twin, own } = fixture;
    const { reason, message } = await refusal(() => adapter.mint(reading(adapter), contextOf(own)));
    expect([reason, message]).toEqual(["credential_wider", expect.stringContaining("JWT-based")]);
    expect(twin.requests.map(({ kind }) => kind)).toEqual(["mint", "revoke"]);
    expect(twin.tokens()).toEqual(["nobody@acme.example"]);
  });

  test("says the declared scopes and life where several are declared", async () => {
    await using fixture = await salesforceFixture({
      app: { scopes: ["refresh_token", "api"], tokenMinutes: 15 },
      options: { scopes: ["api", "refresh_token"], tokenMinutes: 15 },
    });
    const { adapter, own } = fixture;
    const authority = reading(adapter);
    expect(authority.native).toEqual({ scopes: ["api", "refresh_token"], life_seconds: 900 });
    const { granted } = await adapter.mint(authority, contextOf(own));
    expect(adapter.covers(authority, granted)).toBe(true);
  });
});

describe("a foreign answer", () => {
  test.for<{ why: string; changes: object; reason: string; settings?: ValueMap }>([
    {
      why: "another org's id",
      changes: { id: "https://login.salesforce.com/id/00D000000000002EAA/005000000000001AAA" },
      reason: "tenant_mismatch",
    },
    {
      why: "the org's id in other letters",
      changes: { id: "https://login.salesforce.com/id/00d000000000001AAA/005000000000001AAA" },
      reason: "tenant_mismatch",
    },
    { why: "another host", changes: { instance_url: `https://${GLOBEX}` }, reason: "tenant_mismatch" },
    { why: "a host behind a dot", changes: { instance_url: `https://${ACME}.` }, reason: "tenant_mismatch" },
    { why: "a host without TLS", changes: { instance_url: `http://${ACME}` }, reason: "tenant_mismatch" },
    {
      why: "the host in capitals",
      changes: { instance_url: `https://${ACME.toUpperCase()}` },
      reason: "tenant_mismatch",
    },
    {
      why: "another user",
      changes: {},
      settings: { userId: "005000000000009AAA" },
      reason: "credential_wider",
    },
    {
      why: "a token that names no end",
      changes: { access_token: "e30.e30.c2ln" },
      reason: "credential_wider",
    },
    { why: "an opaque token", changes: { access_token: "00D!AQ" }, reason: "credential_wider" },
    {
      why: "a token that is over",
      changes: { access_token: `e30.${Buffer.from('{"exp":1}').toString("base64url")}.c2ln` },
      reason: "downstream_unavailable",
    },
    { why: "no org", changes: { id: undefined }, reason: "downstream_unavailable" },
    { why: "no host", changes: { instance_url: undefined }, reason: "downstream_unavailable" },
    { why: "no scope", changes: { scope: undefined }, reason: "downstream_unavailable" },
    { why: "another type of token", changes: { token_type: "MAC" }, reason: "downstream_unavailable" },
    { why: "an org that is no id", changes: { id: "https://x/id/../me" }, reason: "downstream_unavailable" },
  ])(
    "with $why is $reason, and the token that came with it is ended",
    async ({ changes, settings, reason }) => {
      await using fixture = await salesforceFixture();
      const { adapter } = fixture;
      const seen: string[] = [];
      const own = connection("acme", AGENT, undefined, settings);
      const context = contextOf(own, { fetch: answering(changes, seen) });
      expect((await refusal(() => adapter.mint(reading(adapter), context))).reason).toBe(reason);
      expect(seen).toEqual(["ask", expect.stringMatching(/^end (?:e30|00D)$/)]);
    },
  );

  test("with ids of 15 characters is the org's", async () => {
    await using fixture = await salesforceFixture();
    const { adapter } = fixture;
    const id = "https://login.salesforce.com/id/00D000000000001/005000000000001";
    const context = contextOf(connection("acme", AGENT, undefined, { userId: "005000000000001AAA" }), {
      fetch: answering({ id }),
    });
    const authority = reading(adapter);
    expect(adapter.covers(authority, (await adapter.mint(authority, context)).granted)).toBe(true);
  });

  test("whose token says more than the answer is as wide as the token", async () => {
    await using fixture = await salesforceFixture();
    const { adapter, own } = fixture;
    const claims = Buffer.from(
      JSON.stringify({ exp: Math.floor(Date.now() / 1000) + 60, scp: "api full" }),
    ).toString("base64url");
    const context = contextOf(own, { fetch: answering({ access_token: `e30.${claims}.c2ln` }) });
    const authority = reading(adapter);
    expect(adapter.covers(authority, (await adapter.mint(authority, context)).granted)).toBe(false);
  });

  test.for([
    { mode: "down" as const, reason: "downstream_unavailable" },
    { mode: "garbage" as const, reason: "downstream_unavailable" },
    { mode: "drip" as const, reason: "downstream_unavailable" },
    { mode: "500" as const, reason: "downstream_unavailable" },
    { mode: "429" as const, reason: "downstream_unavailable" },
    { mode: "limit" as const, reason: "rate_limited" },
    { mode: "redirect" as const, reason: "downstream_refused" },
  ])("that is $mode is $reason", async ({ mode, reason }) => {
    await using fixture = await salesforceFixture();
    const { adapter, twin, own } = fixture;
    twin.fail(mode);
    const signal = mode === "drip" ? AbortSignal.timeout(100) : new AbortController().signal;
    const failed = await refusal(() => adapter.mint(reading(adapter), contextOf(own, { signal })));
    expect(failed.reason).toBe(reason);
    expect(twin.requests.filter(({ path }) => path.includes("redirected"))).toEqual([]);
    twin.fail(null);
    const { credential } = await adapter.mint(reading(adapter), contextOf(own));
    twin.fail(mode);
    expect(await adapter.revoke(credential, contextOf(own, { signal: AbortSignal.timeout(100) }))).toBe(
      "unknown",
    );
  });
});

describe("nothing is asked", () => {
  test.for<{ why: string; own: Connection; reason: string }>([
    { why: "for another org", own: connection("globex"), reason: "tenant_mismatch" },
    {
      why: "without the org's id",
      own: { ...connection("acme"), settings: { consumerKey: "3MVG9xxxxxxxxxxxx", username: AGENT } },
      reason: "configuration_invalid",
    },
    {
      why: "with an org's id of 15 characters",
      own: connection("acme", AGENT, undefined, { organization: "00D000000000001" }),
      reason: "configuration_invalid",
    },
    {
      why: "with a setting that nobody knows",
      own: connection("acme", AGENT, undefined, { instanceUrl: "https://evil.example" }),
      reason: "configuration_invalid",
    },
    {
      why: "without a key",
      own: connection("acme", AGENT, "canary-that-is-no-key"),
      reason: "configuration_invalid",
    },
  ])("$why", async ({ own, reason }) => {
    await using fixture = await salesforceFixture();
    const { adapter, twin } = fixture;
    const failed = await refusal(() => adapter.mint(reading(adapter), contextOf(own)));
    expect(failed.reason).toBe(reason);
    expect(failed.message).not.toContain("canary");
    expect(twin.requests).toEqual([]);
  });

  test.for([
    "login.salesforce.com",
    "acme.my.salesforce.com.evil.example",
    "acme.my.salesforce.com.",
    "acme.my.salesforce.com:443",
    "acme.my.salesforce.com/x",
    "ACME.my.salesforce.com",
    "a@b.my.salesforce.com",
    "a.b.c.my.salesforce.com",
    "-a.my.salesforce.com",
    "äcme.my.salesforce.com",
    "127.0.0.1",
    "",
  ])("for the account %j, which is no org's host", async (account) => {
    await using fixture = await salesforceFixture();
    const { adapter, twin, own } = fixture;
    expect((await refusal(() => reading(adapter, account))).reason).toBe("request_malformed");
    const context = contextOf({ ...own, account });
    expect((await adapter.selfCheck(context)).map(({ severity }) => severity)).toEqual(["error"]);
    expect(twin.requests).toEqual([]);
  });

  test.for(["acme.my.salesforce.com", "acme--uat.sandbox.my.salesforce.com", "acme.my.salesforce.mil"])(
    "but for %s, at its own host and no other",
    async (account) => {
      await using fixture = await salesforceFixture({ options: { baseUrl: undefined } });
      const { adapter } = fixture;
      const authority = reading(adapter, account);
      expect(adapter.enforce(authority, BLANK, STAMP).url).toMatch(
        new RegExp(`^https://${account}/services/`),
      );
      expect([adapter.origins, adapter.originsOf?.(authority)]).toEqual([[], [`https://${account}`]]);
    },
  );
});
