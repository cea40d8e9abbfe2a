import { request } from "node:http";
import { importJWK } from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Server, loadConfiguration, startServer } from "../../server/src/index.ts";
import { ISSUER, type Place, place } from "../../server/test/place.ts";

/** Clients that know OpenID Connect and nothing of ours find the federation issuer's keys, as a relying cloud does. */
const FEDERATION = "https://federation.test.example/clouds";

let here: Place;
let server: Server;
beforeAll(async () => {
  here = await place();
  const more = `federation: { issuer: "${FEDERATION}", listen: { port: 0 } }`;
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
    expect((await oauth.processDiscoveryResponse(new URL(FEDERATION), answer)).issuer).toBe(FEDERATION);
  });

  test("publishes keys that jose takes, and the broker's issuer is not found there", async () => {
    const { keys } = (await (await throughTls(`${FEDERATION}/jwks`)).json()) as { keys: { alg: string }[] };
    expect(keys.map(({ alg }) => alg)).toEqual(["ES256"]);
    for (const key of keys) expect(await importJWK(key)).toHaveProperty("type", "public");
    await expect(
      openid.discovery(new URL(ISSUER), "a-cloud", undefined, openid.None(), {
        [openid.customFetch]: throughTls,
      }),
    ).rejects.toThrow();
  });
});
