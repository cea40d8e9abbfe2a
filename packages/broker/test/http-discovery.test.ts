import { type Signer, generateSigner, verificationKey, verifySignedToken } from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { type Discovery, fileKeys } from "../src/index.ts";
import { ISSUER, type TestWorld, world } from "./world.ts";

const WELL_KNOWN = "/.well-known/oauth-authorization-server";

let place: TestWorld;
beforeAll(async () => void (place = await world()));
afterAll(() => place[Symbol.asyncDispose]());

const get = (path: string, discovery: Discovery = place.broker.discovery): Promise<Response> =>
  Promise.resolve(brokerHttp({ client: place.broker.client, discovery }).request(path));

describe("the metadata", () => {
  test("say what this broker does, and nothing that it does not", async () => {
    const response = await get(WELL_KNOWN);
    expect(await response.json()).toEqual({
      issuer: ISSUER,
      token_endpoint: `${ISSUER}/token`,
      jwks_uri: `${ISSUER}/jwks`,
      introspection_endpoint: `${ISSUER}/introspect`,
      revocation_endpoint: `${ISSUER}/revoke`,
      policy_projection_endpoint: `${ISSUER}/policy/projection`,
      denials_endpoint: `${ISSUER}/denials`,
      grant_types_supported: ["urn:ietf:params:oauth:grant-type:token-exchange"],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ["none"],
      introspection_endpoint_auth_methods_supported: ["DPoP"],
      revocation_endpoint_auth_methods_supported: ["DPoP"],
      dpop_signing_alg_values_supported: ["ES256"],
      authorization_details_types_supported: ["urn:watchword:authorization-details:run"],
      protected_resources: [place.gatewayUrl],
    });
    expect([
      response.status,
      response.headers.get("content-type"),
      response.headers.get("cache-control"),
    ]).toEqual([200, "application/json", "public, max-age=300"]);
  });

  test("stand where the issuer's path says, and nowhere else", async () => {
    for (const [issuer, path] of [
      ["https://host.example/tenant/one", `${WELL_KNOWN}/tenant/one`],
      ["https://host.example/tenant/", `${WELL_KNOWN}/tenant`],
      ["https://host.example/", WELL_KNOWN],
    ] as const) {
      const { metadata, keys, access } = place.broker.discovery;
      const discovery = { metadata: { ...metadata, issuer }, keys, access };
      const found = await get(path, discovery);
      expect([found.status, ((await found.json()) as { issuer: string }).issuer]).toEqual([200, issuer]);
      expect((await get(`${path}/more`, discovery)).status).toBe(404);
      if (path !== WELL_KNOWN) expect((await get(WELL_KNOWN, discovery)).status).toBe(404);
    }
  });

  test("name endpoints that answer, each with the status of a request that says too little", async () => {
    const { token_endpoint, introspection_endpoint, revocation_endpoint } = place.broker.discovery.metadata;
    for (const url of [token_endpoint, introspection_endpoint, revocation_endpoint]) {
      const response = await brokerHttp(place.broker).request(url, { method: "POST" });
      expect([url, response.status]).toEqual([url, 400]);
    }
  });
});

describe("the key set", () => {
  test("verifies run tokens, and holds no other key and no private member", async () => {
    const response = await get("/jwks");
    const text = await response.text();
    const { keys } = JSON.parse(text) as { keys: Record<string, string>[] };
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(response.headers.get("content-type")).toBe("application/jwk-set+json");
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]);
    const all = await fileKeys(`${place.directory}/keys`);
    expect(text).not.toContain(all.ledger.signer.publicJwk.x);

    const [jwk] = keys;
    const { x = "", y = "", kid = "" } = jwk ?? {};
    const key = await verificationKey(kid, { kty: "EC", crv: "P-256", x, y });
    const run = await place.start();
    const claims = await verifySignedToken(run.token, { typ: "agent-run+jwt", key: () => key });
    expect(claims["tenant"]).toBe("acme");
  });

  test("does not come about from a key with its private part", async () => {
    const keys = await fileKeys(`${place.directory}/keys`);
    const signer: Signer = await generateSigner();
    const leaking = { ...signer.publicJwk, d: "canary_private_part" };
    const [verification] = keys.runs.verification;
    if (verification === undefined) throw new Error("no key");
    const runs = { ...keys.runs, verification: [{ ...verification, publicJwk: leaking }] };
    await using other = await world({ broker: { keys: { ...keys, runs } } });
    expect(() => other.broker.discovery.keys).toThrow("a private key where a public key belongs");
    expect((await brokerHttp(other.broker).request("/jwks")).status).toBe(500);
  });
});
