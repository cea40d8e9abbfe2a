import { request } from "node:http";
import { join } from "node:path";
import { type JSONWebKeySet, createLocalJWKSet, importJWK, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileKeys } from "../../broker/src/index.ts";
import { signToken } from "@watchword/core";
import { type Server, loadConfiguration, startServer } from "../../server/src/index.ts";
import { ISSUER, type Place, place } from "../../server/test/place.ts";

/** Clients that know OpenID Connect and nothing of ours find the federation issuer's keys, as a relying cloud does. */
const FEDERATION = "https://federation.test.example/clouds";

let here: Place;
let server: Server;
beforeAll(async () => {
  here = await place();
  const more = `federation: { issuer: "${FEDERATION}", listen: { port: 0 }, algorithm: RS256 }`;
  server = await startServer(await loadConfiguration(await here.configure({ more })), {
    mode: "dev",
    log: () => undefined,
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

/** The way through whatever ends TLS in front of the listener: same path, same `Host`. */
async function throughTls(asked: string): Promise<Response> {
  const { pathname, host } = new URL(asked);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(pathname, server.federationUrl),
      { headers: { host } },
      async (incoming) => {
        const body = Buffer.concat(await incoming.toArray());
        const headers = { "content-type": incoming.headers["content-type"] ?? "" };
        resolve(new Response(body, { status: incoming.statusCode ?? 500, headers }));
      },
    );
    outgoing.on("error", reject).end();
  });
}

describe("the federation issuer of a server", () => {
  test("is discovered by openid-client, and by oauth4webapi", async () => {
    const configuration = await openid.discovery(new URL(FEDERATION), "a-cloud", undefined, openid.None(), {
      [openid.customFetch]: throughTls,
    });
    expect(configuration.serverMetadata()).toMatchObject({
      issuer: FEDERATION,
      jwks_uri: `${FEDERATION}/jwks`,
    });
    const answer = await oauth.discoveryRequest(new URL(FEDERATION), {
      [oauth.customFetch]: throughTls,
    });
    const found = await oauth.processDiscoveryResponse(new URL(FEDERATION), answer);
    expect([found.issuer, found.id_token_signing_alg_values_supported]).toEqual([FEDERATION, ["RS256"]]);
  });

  test("signs RS256, which jose verifies by what is published, and oauth4webapi by what is discovered", async () => {
    const { federation } = await fileKeys(join(here.directory, "keys"));
    const now = Math.floor(Date.now() / 1_000);
    const token = await signToken(federation.signer, "at+jwt", {
      iss: FEDERATION,
      sub: "tenant:acme:system:shop",
      aud: "https://cloud.example",
      client_id: "shop",
      jti: "1",
      iat: now,
      exp: now + 60,
    });
    const set = createLocalJWKSet((await (await throughTls(`${FEDERATION}/jwks`)).json()) as JSONWebKeySet);
    const { protectedHeader } = await jwtVerify(token, set, { issuer: FEDERATION, algorithms: ["RS256"] });
    expect(protectedHeader.alg).toBe("RS256");
    const answer = await oauth.discoveryRequest(new URL(FEDERATION), { [oauth.customFetch]: throughTls });
    const found = await oauth.processDiscoveryResponse(new URL(FEDERATION), answer);
    const asked = new Request("https://cloud.example/", { headers: { authorization: `Bearer ${token}` } });
    const claims = await oauth.validateJwtAccessToken(found, asked, "https://cloud.example", {
      [oauth.customFetch]: throughTls,
    });
    expect(claims.sub).toBe("tenant:acme:system:shop");
  });

  test("publishes keys that jose takes, and the broker's issuer is not found there", async () => {
    const { keys } = (await (await throughTls(`${FEDERATION}/jwks`)).json()) as { keys: { alg: string }[] };
    expect(keys.map(({ alg }) => alg)).toEqual(["RS256"]);
    for (const key of keys) expect(await importJWK(key)).toHaveProperty("type", "public");
    await expect(
      openid.discovery(new URL(ISSUER), "a-cloud", undefined, openid.None(), {
        [openid.customFetch]: throughTls,
      }),
    ).rejects.toThrow();
  });
});
