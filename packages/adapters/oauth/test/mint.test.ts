import { inspect } from "node:util";
import { type Authority, type Clock, Refusal, SealedCredential, newAction } from "@watchword/core";
import type { OauthMischief } from "@watchword/emulators/oauth";
import { describe, expect, test } from "vitest";
import { authorityOf, connection, contextOf, oauthFixture } from "./oauth-fixture.ts";
import { FEDERATION, KEYS } from "./oauth-keys.ts";

/** The fixture gets a powerless token from it. */
const WEAK = { id: "weak", proof: { secret: "weak" }, scopes: ["profile"], accounts: ["acme"] };
const refused = (attempt: Promise<unknown>): Promise<Refusal> =>
  attempt.then(
    () => expect.fail("was not refused"),
    (error: unknown) => (Refusal.is(error) ? error : Promise.reject(error)),
  );
const minted = (fixture: Awaited<ReturnType<typeof oauthFixture>>, name = "refunds.create") =>
  fixture.adapter.mint(authorityOf(fixture.adapter, name), contextOf(fixture.own));

describe("a token is for exactly one operation's scopes", () => {
  test("each operation's own, for its client's accounts, and dead once it is revoked", async () => {
    await using fixture = await oauthFixture();
    const { credential, nativeExpiresAt } = await minted(fixture);
    const [token] = fixture.twin.tokens;
    expect(token).toMatchObject({ client: "acme", scopes: ["orders:write"], accounts: ["acme"] });
    expect(nativeExpiresAt).toBe(token?.expiresAt);
    expect(await fixture.adapter.revoke(credential, contextOf(fixture.own))).toBe("revoked");
    expect(fixture.twin.alive(token?.token ?? "")).toBe(false);
  });

  test.for<OauthMischief>(["wider-scope", "narrower-scope"])(
    "%s: what was granted is not what was planned, and the broker sees it",
    async (mischief) => {
      await using fixture = await oauthFixture();
      fixture.twin.misbehave(mischief);
      const authority = authorityOf(fixture.adapter, "refunds.create");
      const { granted } = await minted(fixture);
      expect(fixture.adapter.covers(authority, granted)).toBe(false);
    },
  );

  test.for<OauthMischief>(["refresh-token", "no-expiry", "long-life", "other-type"])(
    "%s: the answer is refused, and its token is ended at once",
    async (mischief) => {
      await using fixture = await oauthFixture();
      fixture.twin.misbehave(mischief);
      expect((await refused(minted(fixture))).reason).toBe("downstream_unavailable");
      expect(fixture.twin.tokens).toMatchObject([{ revoked: true }]);
    },
  );

  test("a look-up's token that is wider is not used, and is ended", async () => {
    await using fixture = await oauthFixture();
    fixture.twin.misbehave("wider-scope");
    const action = newAction({
      system: "shop",
      operation: "orders.retrieve",
      resource: {},
      arguments: { order: "ord_example" },
    });
    const refusal = await refused(fixture.adapter.resolve(action, contextOf(fixture.own)));
    expect(refusal.reason).toBe("downstream_unavailable");
    expect(fixture.twin.tokens).toMatchObject([{ revoked: true }]);
    expect(fixture.twin.requests.map(({ path }) => path)).toEqual(["/token", "/revoke"]);
  });
});

describe("what the server says in a refusal", () => {
  test("is quoted where a standard defines it, with what to do next", async () => {
    await using fixture = await oauthFixture();
    const weak = contextOf(connection("acme", "acme", "weak"));
    const refusal = await refused(fixture.adapter.mint(authorityOf(fixture.adapter, "refunds.create"), weak));
    expect(refusal.reason).toBe("downstream_refused");
    expect(refusal.message).toMatch(/invalid_scope; required: .*orders:write.*; held: .*; next: allow them/);
    expect(fixture.twin.tokens).toEqual([]);
  });

  test("is not quoted otherwise", async () => {
    await using fixture = await oauthFixture();
    const answers = ["canary_leak", "constructor"].map((error) => async () => {
      const body = JSON.stringify({ error, error_description: "canary_description" });
      return new Response(body, { status: 400, headers: { "content-type": "application/json" } });
    });
    for (const fetch of answers) {
      const context = { ...contextOf(fixture.own), fetch };
      const refusal = await refused(
        fixture.adapter.mint(authorityOf(fixture.adapter, "refunds.create"), context),
      );
      expect(refusal.reason).toBe("downstream_refused");
      expect(inspect(refusal, { depth: null, showHidden: true })).not.toMatch(/canary|constructor;/);
    }
  });

  test("a slowly dripping answer is given up with the caller's patience", async () => {
    await using fixture = await oauthFixture();
    fixture.twin.fail("drip");
    const context = { ...contextOf(fixture.own), signal: AbortSignal.timeout(100) };
    const refusal = await refused(
      fixture.adapter.mint(authorityOf(fixture.adapter, "refunds.create"), context),
    );
    expect(refusal.reason).toBe("downstream_unavailable");
  });
});

describe("who asks", () => {
  test.for(["client_secret_basic", "client_secret_post"] as const)("by %s", async (client) => {
    const secret = "test_canary:s%cret/with colon";
    await using fixture = await oauthFixture({
      authorization: { client, testPrefix: "test_", clientId: "platform" },
      twin: {
        clients: [{ id: "platform", proof: { secret }, scopes: ["orders:write"], accounts: ["acme"] }, WEAK],
      },
    });
    const own = connection("acme", "acme", "acme", secret);
    const mint = (at: typeof own) =>
      fixture.adapter.mint(authorityOf(fixture.adapter, "refunds.create"), contextOf(at));
    expect((await mint(own)).kind).toBe("access-token");
    expect(fixture.adapter.isLiveSecret(own.secret)).toBe(false);
    expect(fixture.adapter.isLiveSecret(new SealedCredential("sk_real"))).toBe(true);
    const other = connection("acme", "acme", "acme", "test_canary_of_nobody");
    expect((await refused(mint(other))).message).toMatch(/invalid_client/);
  });

  test("a key that is none, and a client that nobody named, ask for nothing", async () => {
    await using fixture = await oauthFixture();
    const at = (changes: object) => ({
      ...contextOf(fixture.own),
      connection: { ...fixture.own, ...changes },
    });
    for (const changes of [{ secret: new SealedCredential("{canary") }, { settings: {} }]) {
      const refusal = await refused(
        fixture.adapter.mint(authorityOf(fixture.adapter, "refunds.create"), at(changes)),
      );
      expect(refusal.reason).toBe("configuration_invalid");
      expect(inspect(refusal, { depth: null })).not.toContain("canary");
    }
    expect(fixture.twin.requests).toEqual([]);
  });

  test("times of assertions and proofs are the broker's, not the machine's", async () => {
    const clock: Clock = { now: () => Date.UTC(2031, 5, 1) };
    await using fixture = await oauthFixture({ clock, authorization: { dpop: true } });
    const authority = authorityOf(fixture.adapter, "orders.retrieve");
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture.own, clock));
    expect((await send(fixture, authority, credential)).status).toBe(200);
  });
});

describe("by a token of the broker's federation issuer", () => {
  const federation = { issuer: FEDERATION, keys: [KEYS.federation.open] };
  const client = { id: "platform", proof: federation, scopes: ["orders:write"], accounts: ["acme"] };
  const changes = {
    authorization: { client: "federation", grant: "token_exchange", clientId: "platform" },
    twin: { clients: [client, WEAK], exchange: federation },
  } as const;

  test("it is client and subject at once, without any secret", async () => {
    await using fixture = await oauthFixture(changes);
    await minted(fixture);
    expect(fixture.twin.tokens).toMatchObject([{ client: "platform", scopes: ["orders:write"] }]);
  });

  test("a broker without a federation issuer asks for nothing", async () => {
    await using fixture = await oauthFixture(changes);
    const { federationToken: _none, ...context } = contextOf(fixture.own);
    const refusal = await refused(
      fixture.adapter.mint(authorityOf(fixture.adapter, "refunds.create"), context),
    );
    expect(refusal.reason).toBe("configuration_invalid");
    expect(fixture.twin.requests).toEqual([]);
  });

  test("a server that does not trust the issuer gives nothing", async () => {
    await using fixture = await oauthFixture({ ...changes, twin: { clients: [client, WEAK] } });
    expect((await refused(minted(fixture))).message).toMatch(/invalid_grant; .*federation issuer/);
    expect(fixture.twin.tokens).toEqual([]);
  });
});

describe("a token that is bound to a key (RFC 9449)", () => {
  const bound = { authorization: { dpop: true }, twin: { nonce: true } } as const;

  test("is given after the server's nonce, works with a proof per request, and not without", async () => {
    await using fixture = await oauthFixture(bound);
    const authority = authorityOf(fixture.adapter, "orders.retrieve");
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture.own));
    const [token] = fixture.twin.tokens;
    expect(token?.boundTo).toMatch(/^[\w-]{43}$/);
    expect((await send(fixture, authority, credential)).status).toBe(200);
    const stolen = new SealedCredential(token?.token ?? "");
    await using bearer = await oauthFixture();
    const asBearer = bearer.adapter.inject(enforced(fixture, authority), stolen);
    expect((await fetch(asBearer.url, { headers: asBearer.headers })).status).toBe(401);
  });

  test("its proof is for one request, once", async () => {
    await using fixture = await oauthFixture(bound);
    const authority = authorityOf(fixture.adapter, "orders.retrieve");
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture.own));
    const request = fixture.adapter.inject(enforced(fixture, authority), credential);
    const tried: number[] = [];
    const other = request.url.replace("ord_example", "ord_acme");
    for (const url of [other, request.url, request.url])
      tried.push((await fetch(url, { headers: request.headers })).status);
    expect(tried).toEqual([401, 200, 401]);
  });

  test("a look-up proves itself, too, and a bound token is revoked like any other", async () => {
    await using fixture = await oauthFixture(bound);
    const action = newAction({
      system: "shop",
      operation: "orders.retrieve",
      resource: {},
      arguments: { order: "ord_example" },
    });
    const facts = await fixture.adapter.resolve(action, contextOf(fixture.own));
    expect(facts.owners).toEqual({ order: "tenant" });
    const { credential } = await minted(fixture);
    await fixture.adapter.revoke(credential, contextOf(fixture.own));
    expect(fixture.twin.tokens.map(({ revoked }) => revoked)).toEqual([true, true]);
  });

  test("a server that gives an unbound one is refused", async () => {
    await using fixture = await oauthFixture(bound);
    fixture.twin.misbehave("other-type");
    expect((await refused(minted(fixture))).message).toMatch(/not bound to its key/);
  });
});

describe("the action itself as authorization details (RFC 9396)", () => {
  const details = { authorization: { details: { type: "https://orders.example/details/action" } } } as const;

  test("the token does this action and nothing else, without any gateway", async () => {
    await using fixture = await oauthFixture(details);
    const { adapter, twin } = fixture;
    const authority = authorityOf(adapter, "refunds.create");
    const { credential } = await minted(fixture);
    const request = adapter.inject(enforced(fixture, authority), credential);
    const sent = async (changes: { url?: string; body?: string }) => {
      const { method, headers } = request;
      const body = changes.body ?? Buffer.from(request.body ?? []).toString();
      return (await fetch(changes.url ?? request.url, { method, headers, body })).status;
    };
    expect(await sent({ body: '{"amount":4200}' })).toBe(403);
    expect(await sent({ url: request.url.replace("ord_example", "ord_acme") })).toBe(403);
    expect(await sent({ url: request.url.replace("/refunds", "/cancel"), body: "" })).toBe(403);
    expect(twin.refunds("acme")).toEqual([]);
    expect(await sent({})).toBe(201);
  });

  test("a server that gives others is seen", async () => {
    await using fixture = await oauthFixture(details);
    fixture.twin.misbehave("other-details");
    const { granted } = await minted(fixture);
    expect(fixture.adapter.covers(authorityOf(fixture.adapter, "refunds.create"), granted)).toBe(false);
  });
});

test("without a revocation endpoint, what ends a token is its time, and everybody is told", async () => {
  const clock = { at: Date.now(), now: () => clock.at };
  await using fixture = await oauthFixture({ clock, revocable: false });
  const context = contextOf(fixture.own, clock);
  const { credential } = await fixture.adapter.mint(authorityOf(fixture.adapter, "orders.retrieve"), context);
  expect(await fixture.adapter.revoke(credential, context)).toBe("unsupported");
  const [token] = fixture.twin.tokens;
  expect(fixture.twin.alive(token?.token ?? "")).toBe(true);
  clock.at += 301_000;
  expect(fixture.twin.alive(token?.token ?? "")).toBe(false);
  expect(await fixture.adapter.selfCheck(context)).toMatchObject([
    { severity: "ok" },
    { severity: "ok" },
    { severity: "warning", text: expect.stringMatching(/cannot be ended/) as unknown },
  ]);
});

type Fixture = Awaited<ReturnType<typeof oauthFixture>>;

const STAMP = { decisionId: "dec_x", idempotencyKey: "effect-1" };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };

function enforced({ adapter }: Pick<Fixture, "adapter">, authority: Authority) {
  return adapter.enforce(authority, BLANK, STAMP);
}

async function send(fixture: Fixture, authority: Authority, credential: SealedCredential) {
  const { url, method, headers } = fixture.adapter.inject(enforced(fixture, authority), credential);
  return fetch(url, { method, headers });
}
