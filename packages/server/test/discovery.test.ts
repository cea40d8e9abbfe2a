import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Server, loadConfiguration, startServer } from "../src/index.ts";
import { ISSUER, type Place, place } from "./place.ts";

let real: Place;
beforeEach(async () => void (real = await place({ production: true })));
afterEach(() => real[Symbol.asyncDispose]());

const serve = async (more = ""): Promise<Server> =>
  startServer(await loadConfiguration(await real.configure({ more })), {
    log: (entry) => void real.log.push(entry),
  });

describe("a server", () => {
  test("says of itself what anybody may know: its broker at the broker, the broker at the gateway", async () => {
    await using server = await serve("introspectors: [support-runtime]");
    const metadata = await fetch(`${server.brokerUrl}/.well-known/oauth-authorization-server`);
    expect(await metadata.json()).toMatchObject({
      issuer: ISSUER,
      introspection_endpoint_auth_methods_supported: ["DPoP", "Bearer"],
      protected_resources: [server.gatewayUrl],
    });
    const resource = await fetch(`${server.gatewayUrl}/.well-known/oauth-protected-resource`);
    expect(await resource.json()).toMatchObject({
      resource: server.gatewayUrl,
      authorization_servers: [ISSUER],
    });
    const keys = await (await fetch(`${server.brokerUrl}/jwks`)).text();
    expect(keys).toMatch(/^\{"keys":\[\{/);
    expect(keys).not.toContain('"d"');
  });

  test("in production asks for a nonce, once, and the runtime answers by itself", async () => {
    await using server = await serve();
    expect(await real.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    const exchanges = real.log.filter(({ event }) => event === "exchange");
    expect(exchanges.map(({ reason, outcome }) => reason ?? outcome)).toEqual([
      "proof_nonce_required",
      "run",
      "leased",
    ]);
  });

  test("answers nobody who does not show who it is", async () => {
    await using server = await serve();
    for (const path of ["/introspect", "/revoke"]) {
      const response = await fetch(`${server.brokerUrl}${path}`, {
        method: "POST",
        body: new URLSearchParams({ token: "a.b.c" }),
      });
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, 'DPoP algs="ES256"']);
    }
    const refused = real.log.filter(({ event }) => event === "request_refused");
    expect(refused.map(({ reason }) => reason)).toEqual(["caller_unknown", "caller_unknown"]);
  });

  test("does not start with an introspector that the policy does not declare", async () => {
    await expect(serve("introspectors: [nobody]")).rejects.toMatchObject({ reason: "configuration_invalid" });
  });
});
