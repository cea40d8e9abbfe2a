import {
  AccessClaims,
  type AccessClaims as Claims,
  CLAIMS,
  SealedCredential,
  type TokenRequest,
  type TokenSuccess,
  actionDigest,
  digestOf,
  generateSigner,
  newAction,
  parseClaims,
  publicJwkOf,
  readCompactJws,
  signToken,
  thumbprint,
  verificationKey,
  verifySignedToken,
} from "@watchword/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { fileKeys } from "../src/index.ts";
import { AUDIENCE, SERVICE_POLICY, type ServiceAdapter, serviceAdapter } from "./service-adapter.ts";
import { ask, askAs, proofFor } from "./token-desk.ts";
import { ISSUER, type TestRun, type TestWorld, world } from "./world.ts";

let service: ServiceAdapter;
/** One without an audience, and one whose audience is the broker. */
const nameless = serviceAdapter({});
const own = serviceAdapter({ audience: ISSUER });
let place: TestWorld;
let run: TestRun;
beforeAll(async () => {
  service = serviceAdapter();
  place = await world({
    policy: SERVICE_POLICY,
    systems: () => ({ orders: service.adapter, nameless: nameless.adapter, broker: own.adapter }),
    broker: { introspectors: ["support-runtime"] },
  });
});
beforeEach(async () => {
  run = await place.start();
  service.mint = async ({ accessToken }) => (await accessToken?.(60)) ?? new SealedCredential("");
  service.calls.length = 0;
});
afterAll(() => place[Symbol.asyncDispose]());

const readOrder = (system = "orders") =>
  newAction({ system, operation: "orders.read", resource: {}, arguments: { order: "o_1" } });
const withoutType = ({ requested_token_type: _, ...request }: TokenRequest): TokenRequest => request;
/** Seconds pass while a test runs. */
const expectWithin = (value: number | undefined, least: number, most: number): void => {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
};
const now = (): number => Math.floor(place.clock.now() / 1_000);

async function act(by: TestRun = run, action = readOrder()): Promise<TokenSuccess> {
  const answer = await place.act(by, action, {
    request: withoutType,
  });
  if (!answer.ok) throw new Error(answer.reason);
  return answer;
}

/** Leases in records of this outcome. */
async function recorded(outcome: string): Promise<unknown[]> {
  return (await place.ledger())
    .filter(({ body }) => body["outcome"] === outcome)
    .map(({ body }) => body["lease"]);
}

/** What a token says, by the published keys of its issuer. */
async function claimsOf(token: string): Promise<Claims> {
  const { keys } = place.broker.discovery.access.keys;
  const raw = await verifySignedToken(token, {
    typ: "at+jwt",
    key: async ({ header }) => {
      const jwk = keys.find(({ kid }) => kid === header.kid);
      return jwk === undefined ? undefined : verificationKey(header.kid ?? "", publicJwkOf({ ...jwk }));
    },
  });
  return parseClaims(AccessClaims, raw);
}

describe("an access token", () => {
  test("says who acts for whom, what exactly and by which decision; bound to the run's key, for one audience and seconds", async () => {
    const action = readOrder();
    const since = now();
    const answer = await act(run, action);
    expect([answer.token_type, answer.issued_token_type]).toEqual([
      "DPoP",
      "urn:ietf:params:oauth:token-type:access_token",
    ]);
    const claims = await claimsOf(answer.access_token);
    expectWithin(claims.iat, since, now());
    expect(claims).toEqual({
      iss: `${ISSUER}/access`,
      aud: AUDIENCE,
      sub: "dana",
      act: { sub: "urn:watchword:agent:support@3" },
      client_id: "support-runtime",
      iat: claims.iat,
      exp: claims.iat + 30,
      jti: answer.lease?.lease_id,
      tenant: "acme",
      cnf: { jkt: await thumbprint(run.key.publicJwk) },
      authorization_details: [
        {
          type: "urn:watchword:authorization-details:action",
          locations: [AUDIENCE],
          actions: ["orders.read"],
          access: "read",
          resource: { tenant: "acct_acme" },
          arguments_digest: digestOf({ order: "o_1" }),
        },
      ],
      [CLAIMS.decision]: {
        id: answer.lease?.decision_id,
        run: run.id,
        principal: { kind: "user", issuer: "https://login.test.example" },
        action_digest: actionDigest(action),
        idempotency_key: expect.stringMatching(/^[\w-]{43}$/) as string,
        policy_version: answer.lease?.decision.policy_version,
      },
    });
    expectWithin(answer.expires_in, claims.exp - now(), 30);
  });

  test("is bound to no key while it stays in the gateway, and is then in no answer", async () => {
    const answer = await act(await place.start({ agent: "reader@1" }));
    expect(answer.issued_token_type).toBe("urn:watchword:token-type:gateway-handle");
    expect(answer.access_token).toMatch(/^[\w-]{43}$/);
    const tokens: string[] = [];
    service.mint = async ({ accessToken }) => {
      const token = (await accessToken?.(60)) ?? new SealedCredential("");
      tokens.push(token.open((text) => text));
      return token;
    };
    await act(await place.start({ agent: "reader@1" }));
    expect((await claimsOf(tokens[0] ?? "")).cnf).toBeUndefined();
  });

  test("lives no longer than lease, run and the adapter's wish", async () => {
    service.mint = async ({ accessToken }) => (await accessToken?.(7)) ?? new SealedCredential("");
    const short = await act();
    const { iat, exp } = await claimsOf(short.access_token);
    expect(exp - iat).toBe(7);
    expectWithin(short.expires_in, exp - now(), 7);
    service.mint = async ({ accessToken }) => (await accessToken?.(300)) ?? new SealedCredential("");
    place.clock.advance(580);
    const late = await act();
    const end = (await claimsOf(late.access_token)).exp;
    expect(end, "not longer than the run").toBe(
      readCompactJws(run.token, { maxBytes: 65_536 }).claims["exp"],
    );
    expectWithin(late.expires_in, end - now(), 20);
  });

  test.for([0, -1, 301, 1.5, Number.NaN, Infinity])("is not made for %s seconds", async (seconds) => {
    service.mint = async ({ accessToken }) => (await accessToken?.(seconds)) ?? new SealedCredential("");
    const before = await recorded("minted");
    await expect(act()).rejects.toThrow("configuration_invalid");
    expect(await recorded("minted")).toEqual(before);
  });

  test("is one for a permit: an adapter that wants a second gets none, and the lease fails", async () => {
    service.mint = async ({ accessToken }) => {
      await accessToken?.(60);
      return (await accessToken?.(60)) ?? new SealedCredential("");
    };
    await expect(act()).rejects.toThrow("internal");
  });

  test("can be had in a mint alone, and by no adapter without an audience", async () => {
    await act();
    await place.broker.tenants.check("acme", "orders");
    await place.broker.runs.kill(run.id);
    const offered = service.calls.map(({ call, context }) => [call, context.accessToken !== undefined]);
    expect(new Set(offered.map((each) => each.join(" ")))).toEqual(
      new Set(["selfCheck false", "resolve false", "mint true", "revoke false"]),
    );
    const answer = await place.act(await place.start(), readOrder("nameless"), { request: withoutType });
    expect(answer).toMatchObject({ ok: false, reason: "configuration_invalid" });
    expect(nameless.calls.map(({ call }) => call)).toContain("mint");
    expect(nameless.calls.some(({ context }) => context.accessToken !== undefined)).toBe(false);
  });
});

describe("keys and metadata of access tokens", () => {
  test("stand under an issuer of their own, and hold no other key of the broker", async () => {
    const app = brokerHttp(place.broker);
    const metadata = await (await app.request("/.well-known/oauth-authorization-server/access")).json();
    expect(metadata).toEqual({
      issuer: `${ISSUER}/access`,
      jwks_uri: `${ISSUER}/access/jwks`,
      token_endpoint: `${ISSUER}/token`,
      introspection_endpoint: `${ISSUER}/introspect`,
      revocation_endpoint: `${ISSUER}/revoke`,
      grant_types_supported: ["urn:ietf:params:oauth:grant-type:token-exchange"],
      response_types_supported: [],
      dpop_signing_alg_values_supported: ["ES256"],
      authorization_details_types_supported: ["urn:watchword:authorization-details:action"],
    });
    const idsAt = async (path: string): Promise<string[]> => {
      const text = await (await app.request(path)).text();
      expect(text).not.toContain('"d"');
      return (JSON.parse(text) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    };
    const keys = await fileKeys(`${place.directory}/keys`);
    expect(await idsAt("/access/jwks")).toEqual([keys.access.signer.keyId]);
    expect(await idsAt("/jwks")).toEqual([keys.runs.signer.keyId]);
  });

  test.for(["runs", "federation"] as const)("of another kind sign none: %s", async (kind) => {
    const { access_token: token } = await act();
    const keys = await fileKeys(`${place.directory}/keys`);
    const forged = await signToken(keys[kind].signer, "at+jwt", await claimsOf(token));
    await expect(claimsOf(forged)).rejects.toMatchObject({ reason: "token_untrusted" });
    expect((await askAs(place, "/introspect", run.key, forged)).body).toEqual({ active: false });
  });
});

describe("introspection", () => {
  const asWorkload = async (token: string) =>
    (
      await ask(place, {
        path: "/introspect",
        token,
        authorization: `Bearer ${await place.workloadToken()}`,
        proof: "",
      })
    ).body;

  test("tells holder and service what the token is, and no argument", async () => {
    const { access_token: token, lease } = await act();
    const claims = await claimsOf(token);
    const {
      iss,
      sub,
      aud,
      exp,
      iat,
      jti,
      cnf,
      act: actor,
      tenant,
      client_id,
      authorization_details,
    } = claims;
    const said = { active: true, token_type: "DPoP", iss, sub, aud, exp, iat, jti, cnf, act: actor, tenant };
    const { body } = await askAs(place, "/introspect", run.key, token);
    expect(body).toEqual({ ...said, client_id, authorization_details });
    expect(jti).toBe(lease?.lease_id);
    expect(await asWorkload(token)).toEqual(body);
    expect(JSON.stringify(body)).not.toContain("o_1");
  });

  test("calls it inactive once its run was killed, its tenant or its system frozen, its time over", async () => {
    const ends: readonly ((by: TestRun) => Promise<unknown>)[] = [
      (by) => place.broker.runs.kill(by.id),
      () => place.broker.runs.freeze("system:orders"),
      async () => place.clock.advance(30),
    ];
    for (const end of ends) {
      const by = await place.start();
      const { access_token: token } = await act(by);
      expect(await asWorkload(token)).toMatchObject({ active: true });
      await end(by);
      expect(await asWorkload(token)).toEqual({ active: false });
      await place.broker.runs.thaw("system:orders");
    }
  });

  test("knows only the very token that was recorded", async () => {
    const { access_token: token } = await act();
    const { access } = await fileKeys(`${place.directory}/keys`);
    const claims = await claimsOf(token);
    for (const changed of [claims, { ...claims, jti: `lease_${"0".repeat(32)}` }, { ...claims, iss: ISSUER }])
      expect(await asWorkload(await signToken(access.signer, "at+jwt", changed))).toEqual({ active: false });
    expect(await asWorkload(`${token.slice(0, -6)}AAAAAA`)).toEqual({ active: false });
  });

  test("tells a stranger, and a workload of another tenant, nothing", async () => {
    const { access_token: token } = await act();
    expect((await askAs(place, "/introspect", await generateSigner(), token)).body).toEqual({
      active: false,
    });
    const other = await place.start({ tenant: "globex", user: "erin" });
    expect((await askAs(place, "/introspect", other.key, token)).body).toEqual({ active: false });
  });
});

describe("revocation", () => {
  test("by its holder ends the lease, and is told honestly: nothing at the system", async () => {
    const { access_token: token, lease } = await act();
    const { status, body } = await askAs(place, "/revoke", run.key, token);
    expect([status, body]).toEqual([200, {}]);
    expect((await askAs(place, "/introspect", run.key, token)).body).toEqual({ active: false });
    expect((await askAs(place, "/revoke", run.key, token)).status).toBe(200);
    expect((await recorded("unsupported")).filter((id) => id === lease?.lease_id)).toHaveLength(1);
  });

  test("by anybody else is refused, recorded, and changes nothing", async () => {
    const { access_token: token, lease } = await act();
    const other = await place.start();
    const { status, body } = await askAs(place, "/revoke", other.key, token);
    expect([status, body["reason"]]).toEqual([400, "proof_invalid"]);
    expect((await askAs(place, "/introspect", run.key, token)).body).toMatchObject({ active: true });
    expect(await recorded("refused")).toContain(lease?.lease_id);
  });

  test("by a workload is none: it may ask, and end nothing", async () => {
    const { access_token: token } = await act();
    const authorization = `Bearer ${await place.workloadToken()}`;
    const { status } = await ask(place, { path: "/revoke", token, authorization, proof: "" });
    expect(status).toBe(401);
    const proof = await proofFor(place, "/revoke", run.key, token);
    expect(await place.broker.tokens.revoke({ token, proof })).toBe("token");
  });
});

test("no access token is for the broker itself: nothing is minted", async () => {
  const answer = await place.act(run, readOrder("broker"), { request: withoutType });
  expect(answer).toMatchObject({ ok: false, reason: "configuration_invalid" });
  expect(own.calls.filter(({ call }) => call === "mint")).toEqual([]);
});

test("a system without a root secret is connected without one, and with none else", async () => {
  await expect(
    place.broker.tenants.connect("acme", "orders", { account: "acct_acme", secret: "canary" }),
  ).rejects.toMatchObject({ reason: "configuration_invalid" });
  expect(await place.broker.tenants.connect("acme", "orders", { account: "acct_new" })).toMatchObject({
    change: "changed",
    account: "acct_new",
  });
  await expect(
    place.broker.tenants.connect("globex", "orders", { account: "acct_new" }),
  ).rejects.toMatchObject({ reason: "connection_refused" });
});
