import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import {
  SignJWT,
  type CryptoKey,
  type JSONWebKeySet,
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  jwtVerify,
} from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerHttp } from "../../broker/src/http/index.ts";
import { ISSUER, type TestWorld, effects, refundOf, world } from "../../broker/test/world.ts";
import { actionDigest } from "@watchword/core";

/**
 * Clients that know OAuth and nothing of ours complete every flow, by options that they document. What is ours in here is
 * the assertion: any runtime has to make it, and jose does.
 */

const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const TYPE = "urn:watchword:token-type";

let place: TestWorld;
let fetchBroker: (url: string, init: object) => Promise<Response>;
beforeAll(async () => {
  place = await world({ broker: { proofNonce: "required", introspectors: ["support-runtime"] } });
  const app = brokerHttp(place.broker);
  fetchBroker = async (url, init) => app.fetch(new Request(url, init));
});
afterAll(() => place[Symbol.asyncDispose]());

const startForm = async (): Promise<Record<string, string>> => ({
  subject_token: await place.userToken("dana", { org_id: "acme" }),
  subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
  actor_token: await place.workloadToken(),
  actor_token_type: `${TYPE}:workload`,
  requested_token_type: `${TYPE}:agent-run`,
  authorization_details: JSON.stringify([
    { type: "urn:watchword:authorization-details:run", agent: "support@3" },
  ]),
});

async function actForm(
  runToken: string,
  runId: string,
  key: CryptoKey,
  charge: string,
): Promise<Record<string, string>> {
  const action = refundOf(charge);
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(runToken)));
  const assertion = await new SignJWT({
    txn: action.txn,
    ath: digest.toString("base64url"),
    call: { tool: "refund", id: "call_1" },
    action,
    action_digest: actionDigest(action),
  })
    .setProtectedHeader({ alg: "ES256", typ: "agent-assertion+jwt" })
    .setIssuer(`urn:watchword:run:${runId}`)
    .setSubject("urn:watchword:agent:support@3")
    .setAudience(ISSUER)
    .setIssuedAt(Math.floor(place.clock.now() / 1_000))
    .setExpirationTime(Math.floor(place.clock.now() / 1_000) + 60)
    .setJti(crypto.randomUUID())
    .sign(key);
  return {
    subject_token: runToken,
    subject_token_type: `${TYPE}:agent-run`,
    actor_token: assertion,
    actor_token_type: `${TYPE}:agent-assertion`,
    requested_token_type: `${TYPE}:gateway-handle`,
  };
}

const runIdOf = (answer: object): string => (answer as { run: { run_id: string } }).run.run_id;
const form = (members: Record<string, string>): URLSearchParams => new URLSearchParams(members);
const FORM = { "content-type": "application/x-www-form-urlencoded" };

describe("oauth4webapi", () => {
  const client: oauth.Client = { client_id: "any-runtime" };
  let as: oauth.AuthorizationServer;
  let keys: oauth.CryptoKeyPair;
  let dpop: oauth.DPoPHandle;
  const options = (): { [oauth.customFetch]: typeof fetchBroker } => ({ [oauth.customFetch]: fetchBroker });

  async function exchange(members: Record<string, string>): Promise<oauth.TokenEndpointResponse> {
    const once = async (): Promise<oauth.TokenEndpointResponse> =>
      oauth.processGenericTokenEndpointResponse(
        as,
        client,
        await oauth.genericTokenEndpointRequest(as, client, oauth.None(), GRANT, form(members), {
          ...options(),
          DPoP: dpop,
        }),
      );
    try {
      return await once();
    } catch (error) {
      if (oauth.isDPoPNonceError(error)) return once();
      throw error;
    }
  }

  const ask = (endpoint: string | undefined, token: string, key = dpop): Promise<Response> =>
    oauth.protectedResourceRequest(
      token,
      "POST",
      new URL(endpoint ?? ""),
      new Headers(FORM),
      form({ token }),
      {
        ...options(),
        DPoP: key,
      },
    );

  beforeAll(async () => {
    const issuer = new URL(ISSUER);
    const response = await oauth.discoveryRequest(issuer, { ...options(), algorithm: "oauth2" });
    as = await oauth.processDiscoveryResponse(issuer, response);
    keys = await oauth.generateKeyPair("ES256");
    dpop = oauth.DPoP(client, keys);
  });

  test("finds the broker by its issuer, and the gateway's broker by the gateway", async () => {
    expect(as.token_endpoint).toBe(`${ISSUER}/token`);
    const gateway = new URL(place.gatewayUrl);
    const response = await oauth.resourceDiscoveryRequest(gateway, { [oauth.allowInsecureRequests]: true });
    const resource = await oauth.processResourceDiscoveryResponse(gateway, response);
    expect(resource).toMatchObject({
      authorization_servers: [ISSUER],
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: ["ES256"],
    });
  });

  test("starts a run, acts, uses the handle, asks about both tokens, and revokes the run", async () => {
    const run = await exchange(await startForm());
    expect(run.token_type).toBe("dpop");
    const act = await exchange(await actForm(run.access_token, runIdOf(run), keys.privateKey, "ch_a1"));
    expect(act).toMatchObject({ token_type: "dpop", issued_token_type: `${TYPE}:gateway-handle` });

    const jkt = await calculateJwkThumbprint(await exportJWK(keys.publicKey));
    for (const token of [run.access_token, act.access_token]) {
      const response = await ask(as.introspection_endpoint, token);
      const said = await oauth.processIntrospectionResponse(as, client, response);
      expect(said).toMatchObject({
        active: true,
        iss: ISSUER,
        sub: "dana",
        token_type: "DPoP",
        cnf: { jkt },
      });
    }

    const sent = await oauth.protectedResourceRequest(
      act.access_token,
      "POST",
      new URL(`${place.gatewayUrl}/payments/v1/refunds`),
      new Headers(FORM),
      form({ charge: "ch_a1" }),
      { DPoP: dpop, [oauth.allowInsecureRequests]: true },
    );
    expect([sent.status, effects(place)]).toEqual([200, 1]);

    const revoked = await ask(as.revocation_endpoint, run.access_token);
    expect(await oauth.processRevocationResponse(revoked)).toBeUndefined();
    const after = await ask(as.introspection_endpoint, run.access_token);
    expect(await oauth.processIntrospectionResponse(as, client, after)).toEqual({ active: false });
  });

  test("verifies a run token by the published key set", async () => {
    const run = await exchange(await startForm());
    const response = await fetchBroker(as.jwks_uri ?? "", {});
    const set = createLocalJWKSet((await response.json()) as JSONWebKeySet);
    const { payload } = await jwtVerify(run.access_token, set, {
      issuer: ISSUER,
      audience: ISSUER,
      typ: "agent-run+jwt",
      algorithms: ["ES256"],
    });
    expect(payload["tenant"]).toBe("acme");
  });

  test("understands refusals: an error of the standard, or a challenge", async () => {
    await expect(exchange({ ...(await startForm()), actor_token: "a.b.c" })).rejects.toMatchObject({
      error: "invalid_request",
    });
    const unauthenticated = oauth.introspectionRequest(as, client, oauth.None(), "a.b.c", options());
    await expect(
      unauthenticated.then((response) => oauth.processIntrospectionResponse(as, client, response)),
    ).rejects.toThrow(/challenge/);
    const stranger = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const run = await exchange(await startForm());
    const refused = await ask(as.revocation_endpoint, run.access_token, stranger);
    await expect(oauth.processRevocationResponse(refused)).rejects.toMatchObject({
      error: "invalid_dpop_proof",
    });
    const said = await oauth.processIntrospectionResponse(
      as,
      client,
      await ask(as.introspection_endpoint, run.access_token),
    );
    expect(said.active).toBe(true);
  });
});

describe("openid-client", () => {
  const configure = async (auth: openid.ClientAuth = openid.None()): Promise<openid.Configuration> =>
    openid.discovery(new URL(ISSUER), "any-runtime", {}, auth, {
      algorithm: "oauth2",
      [openid.customFetch]: fetchBroker,
    });

  test("starts a run and acts, answering the nonce by itself, and revokes what it holds", async () => {
    const config = await configure();
    const keys = await openid.randomDPoPKeyPair("ES256");
    const DPoP = openid.getDPoPHandle(config, keys);
    const run = await openid.genericGrantRequest(config, GRANT, await startForm(), { DPoP });
    const act = await openid
      .genericGrantRequest(
        config,
        GRANT,
        await actForm(run.access_token, runIdOf(run), keys.privateKey, "ch_a2"),
        { DPoP },
      )
      .catch((error: unknown) => error);
    // Over 50 USD a person must approve: an error of ours in the standard's form.
    expect(act).toMatchObject({ error: "approval_required" });

    const { revocation_endpoint: endpoint = "" } = config.serverMetadata();
    const token = run.access_token;
    const answer = await openid.fetchProtectedResource(
      config,
      token,
      new URL(endpoint),
      "POST",
      form({ token }),
      new Headers(FORM),
      { DPoP },
    );
    expect(answer.status).toBe(200);
    expect((await place.store.run(runIdOf(run)))?.endedAt).not.toBeNull();
  });

  test("as a resource server, asks about tokens of others by its workload's token", async () => {
    const desk = await configure(async (_as, _client, _body, headers) => {
      headers.set("authorization", `Bearer ${await place.workloadToken()}`);
    });
    const runtime = await configure();
    const DPoP = openid.getDPoPHandle(runtime, await openid.randomDPoPKeyPair("ES256"));
    const run = await openid.genericGrantRequest(runtime, GRANT, await startForm(), { DPoP });
    const token = run.access_token;
    expect(await openid.tokenIntrospection(desk, token)).toMatchObject({ active: true, tenant: "acme" });
    // It may ask, and end nothing.
    await expect(openid.tokenRevocation(desk, token)).rejects.toMatchObject({ status: 401 });
    await place.broker.runs.kill(runIdOf(run));
    expect(await openid.tokenIntrospection(desk, token)).toEqual({ active: false });
  });
});
