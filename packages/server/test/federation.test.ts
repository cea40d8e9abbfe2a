import { request } from "node:http";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { ISSUER, type Place, place } from "./place.ts";

const FEDERATION = "https://federation.test.example/clouds";
let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

const start = async (federation: string) =>
  startServer(await loadConfiguration(await here.configure({ more: `federation: ${federation}` })), {
    mode: "dev",
    log: () => undefined,
  });

/** What a TLS terminator gets that passes this `Host` on. */
async function ask(base: string, path: string, host: string): Promise<[number | undefined, unknown]> {
  return new Promise((resolve, reject) => {
    request(
      new URL(path, base),
      { headers: { host } },
      (incoming) => void json(incoming).then((body) => resolve([incoming.statusCode, body]), reject),
    )
      .on("error", reject)
      .end();
  });
}

test("the federation issuer is served by itself, under its own host alone, and says nothing of the broker", async () => {
  await using server = await start(`{ issuer: "${FEDERATION}", listen: { port: 0 } }`);
  const url = server.federationUrl ?? "";
  const host = "federation.test.example";
  expect(await ask(url, "/clouds/.well-known/openid-configuration", host)).toEqual([
    200,
    expect.objectContaining({ issuer: FEDERATION, jwks_uri: `${FEDERATION}/jwks` }),
  ]);
  const [status, keys] = (await ask(url, "/clouds/jwks", host)) as [number, { keys: { kid: string }[] }];
  expect(status).toBe(200);
  const brokerKeys = (await (await fetch(`${server.brokerUrl}/jwks`)).json()) as { keys: { kid: string }[] };
  expect(keys.keys).toHaveLength(1);
  expect(brokerKeys.keys.map(({ kid }) => kid)).not.toContain(keys.keys[0]?.kid);
  for (const path of ["/token", "/jwks", "/.well-known/oauth-authorization-server", "/healthz"])
    expect((await ask(url, path, host))[0], path).toBe(404);
  expect((await ask(url, "/clouds/jwks", new URL(url).host))[0]).toBe(403);
  expect((await fetch(`${server.brokerUrl}/clouds/jwks`)).status).toBe(404);
});

test("an issuer that is to sign RS256 has a key of that kind and says so; the broker's own keys stay what they are", async () => {
  await using server = await start(`{ issuer: "${FEDERATION}", listen: { port: 0 }, algorithm: RS256 }`);
  const url = server.federationUrl ?? "";
  const host = "federation.test.example";
  expect(await ask(url, "/clouds/.well-known/openid-configuration", host)).toEqual([
    200,
    expect.objectContaining({ id_token_signing_alg_values_supported: ["RS256"] }),
  ]);
  expect(await ask(url, "/clouds/jwks", host)).toEqual([
    200,
    {
      keys: [
        { kty: "RSA", n: expect.any(String), e: "AQAB", kid: expect.any(String), alg: "RS256", use: "sig" },
      ],
    },
  ]);
  const own = (await (await fetch(`${server.brokerUrl}/jwks`)).json()) as { keys: { alg: string }[] };
  expect(own.keys.map(({ alg }) => alg)).toEqual(["ES256"]);
});

test("keys that sign otherwise than configured keep a server from starting, and it says what to do", async () => {
  const section = `{ issuer: "${FEDERATION}", listen: { port: 0 }`;
  await (await start(`${section} }`))[Symbol.asyncDispose]();
  await expect(start(`${section}, algorithm: RS256 }`)).rejects.toThrow(
    "rotate it to that (watchword keys rotate --kind federation",
  );
  await expect(start(`${section}, algorithm: RS512 }`)).rejects.toThrow(/federation\.algorithm/);
});

test.for<[string, string, RegExp]>([
  ["the broker's own", ISSUER, /config\.yaml:\d+:\d+ {2}federation\.issuer: must be another URL/],
  ["the broker's own with a slash", `${ISSUER}/`, /federation\.issuer: must be another URL/],
  ["one without TLS", "http://federation.test.example", /federation\.issuer: must be an https URL/],
  ["one with a query", `${FEDERATION}?a=1`, /federation\.issuer: must be an https URL without query/],
])("an issuer that is %s is refused", async ([, issuer, says]) => {
  await expect(start(`{ issuer: "${issuer}", listen: { port: 0 } }`)).rejects.toThrow(says);
});
