import { jwt } from "@watchword/adapter-jwt";
import { newAction } from "@watchword/core";
import { answerRefusal, tokenVerifier } from "@watchword/verify";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerHttp } from "../../broker/src/http/index.ts";
import { ISSUER, type TestRun, type TestWorld, world } from "../../broker/test/world.ts";
import { releasedFetch } from "../../middleware/src/released-fetch.ts";
import { ordersOperations } from "./own-services.ts";

/**
 * A validator of RFC 9068 and RFC 9449 that knows nothing of ours takes the broker's access tokens, by the metadata of their
 * issuer, and refuses what ours refuses, too.
 */

const AUDIENCE = "https://orders.internal";
const POLICY = `
watchword: 1
systems: { orders: { adapter: jwt, audience: "${AUDIENCE}" } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
grants:
  - { id: read, agent: support, operation: orders/orders.read, resource: { tenant: "\${tenant.orders.account}" }, custody: released, lease: { action: 30s } }
`;

let place: TestWorld;
let run: TestRun;
let as: oauth.AuthorizationServer;
let proofs: oauth.DPoPHandle;
let options: oauth.ValidateJWTAccessTokenOptions;
beforeAll(async () => {
  place = await world({
    policy: POLICY,
    systems: () => ({ orders: jwt({ audience: AUDIENCE, operations: ordersOperations }) }),
  });
  const app = brokerHttp(place.broker);
  const fetchBroker = async (url: string, init: object): Promise<Response> =>
    app.fetch(new Request(url, init));
  run = await place.start();
  options = { [oauth.customFetch]: fetchBroker };
  const issuer = new URL(`${ISSUER}/access`);
  const found = await oauth.discoveryRequest(issuer, {
    algorithm: "oauth2",
    [oauth.customFetch]: fetchBroker,
  });
  as = await oauth.processDiscoveryResponse(issuer, found);
  proofs = oauth.DPoP({}, await oauth.generateKeyPair("ES256"));
});
afterAll(() => place[Symbol.asyncDispose]());

async function tokenOf(by: TestRun = run): Promise<string> {
  const action = newAction({
    system: "orders",
    operation: "orders.read",
    resource: {},
    arguments: { order: "o_1" },
  });
  const answer = await place.act(by, action, {
    request: ({ requested_token_type: _, ...request }) => request,
  });
  if (!answer.ok) throw new Error(answer.reason);
  return answer.access_token;
}

/** A request for the order, as the middleware sends it with a released token. */
async function requestWith(token: string, scheme = "DPoP"): Promise<Request> {
  const sent: Request[] = [];
  const session = {
    signer: run.key,
    clock: place.clock,
    fetch: (async (input, init) => {
      sent.push(new Request(input, init));
      return new Response();
    }) satisfies typeof fetch,
  };
  const way = releasedFetch(
    session,
    { token, origins: [AUDIENCE], bound: scheme === "DPoP" },
    new AbortController().signal,
  );
  await way.fetch(`${AUDIENCE}/orders/o_1?page=1`);
  return sent[0] ?? new Request(AUDIENCE);
}

test("credential.fetch answers a service's nonce by itself, with the same token", async () => {
  const app = brokerHttp(place.broker);
  const verifier = tokenVerifier({
    issuer: `${ISSUER}/access`,
    audience: AUDIENCE,
    nonceKey: "n".repeat(32),
    clock: place.clock,
    fetch: async (input, init) => app.fetch(new Request(input, init)),
  });
  const answers: number[] = [];
  const service: typeof fetch = async (input, init) => {
    const { method, url, headers } = new Request(input, init);
    const [authorization = "", dpop = ""] = ["authorization", "dpop"].map((name) => headers.get(name) ?? "");
    const answer = await verifier
      .verify(
        { method, target: new URL(url).pathname, authorization: [authorization], dpop: [dpop] },
        { operation: "orders.read", arguments: () => ({ order: "o_1" }) },
      )
      .then(
        ({ tenant }) => Response.json({ tenant }),
        (error: unknown) => {
          const refused = answerRefusal(error);
          return new Response(refused.body, { status: refused.status, headers: { ...refused.headers } });
        },
      );
    answers.push(answer.status);
    return answer;
  };
  const way = releasedFetch(
    { signer: run.key, clock: place.clock, fetch: service },
    { token: await tokenOf(), origins: [AUDIENCE], bound: true },
    new AbortController().signal,
  );
  expect(await (await way.fetch(`${AUDIENCE}/orders/o_1`)).json()).toEqual({ tenant: "acct_acme" });
  expect(answers).toEqual([401, 200]);
});

describe("oauth4webapi", () => {
  test("finds the issuer of access tokens, and takes one with the proof that the middleware makes", async () => {
    const token = await tokenOf();
    const claims = await oauth.validateJwtAccessToken(as, await requestWith(token), AUDIENCE, options);
    expect(claims).toMatchObject({
      iss: `${ISSUER}/access`,
      aud: AUDIENCE,
      sub: "dana",
      client_id: "support-runtime",
      tenant: "acme",
      authorization_details: [{ actions: ["orders.read"] }],
    });
  });

  test.for<[string, () => Promise<Request>, string]>([
    ["for another audience", async () => requestWith(await tokenOf()), "https://billing.internal"],
    ["as Bearer", async () => requestWith(await tokenOf(), "Bearer"), AUDIENCE],
    ["of another kind: a run token", async () => requestWith(run.token), AUDIENCE],
  ])("refuses it %s", async ([, make, audience]) => {
    const request = await make();
    await expect(oauth.validateJwtAccessToken(as, request, audience, options)).rejects.toThrow();
  });

  test("refuses it with a proof by another key", async () => {
    const token = await tokenOf();
    const headers = new Headers();
    const sent: Headers[] = [];
    await oauth.protectedResourceRequest(token, "GET", new URL(`${AUDIENCE}/orders/o_1`), headers, null, {
      DPoP: proofs,
      [oauth.customFetch]: async (_url, init) => {
        sent.push(new Headers(init.headers));
        return new Response("{}", { headers: { "content-type": "application/json" } });
      },
    });
    const request = new Request(`${AUDIENCE}/orders/o_1`, { headers: sent[0] ?? {} });
    await expect(oauth.validateJwtAccessToken(as, request, AUDIENCE, options)).rejects.toThrow();
  });
});
