import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayWorld, REFUND } from "./gateway-world.ts";

const ISSUER = "https://broker.example";
const PATH = "/.well-known/oauth-protected-resource";

let world: GatewayWorld;
beforeEach(async () => void (world = await GatewayWorld.open({ gateway: { issuer: ISSUER } })));
afterEach(() => world[Symbol.asyncDispose]());

const challengeOf = (response: Response): string | null => response.headers.get("www-authenticate");

describe("the gateway's metadata", () => {
  test("say whose handles it takes, and that none is good without a proof", async () => {
    const response = await fetch(`${world.url}${PATH}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(await response.json()).toEqual({
      resource: world.url,
      authorization_servers: [ISSUER],
      bearer_methods_supported: [],
      dpop_signing_alg_values_supported: ["ES256"],
      dpop_bound_access_tokens_required: true,
    });
    expect(world.refusals).toEqual([]);
  });

  test("are read, not written, and stand at one address only", async () => {
    const elsewhere = await Promise.all([
      fetch(`${world.url}${PATH}`, { method: "POST" }),
      fetch(`${world.url}${PATH}/payments`),
      fetch(`${world.url}${PATH}?x=1`),
      fetch(`${world.url}/payments${PATH}`),
    ]);
    expect(elsewhere.map(({ status }) => status)).toEqual([400, 400, 400, 401]);
  });

  test("are not there for a gateway that was told no issuer", async () => {
    await using silent = await GatewayWorld.open();
    expect((await fetch(`${silent.url}${PATH}`)).status).toBe(400);
    expect(challengeOf(await fetch(`${silent.url}/payments/v1/refunds`))).toBe('DPoP algs="ES256"');
  });
});

describe("a challenge", () => {
  const metadata = (): string => `resource_metadata="${world.url}${PATH}"`;

  test("says where the metadata are, and no error to a caller that showed nothing", async () => {
    const response = await fetch(`${world.url}/payments/v1/refunds`);
    expect([response.status, challengeOf(response)]).toEqual([401, `DPoP algs="ES256", ${metadata()}`]);
  });

  test("says what was wrong with what was shown: the handle, or the proof", async () => {
    const handle = await world.desk.issue(world.signer, REFUND);
    const bearer = await world.refund(handle, { headers: { authorization: `Bearer ${handle}` } });
    expect(challengeOf(bearer)).toBe(`DPoP algs="ES256", error="invalid_dpop_proof", ${metadata()}`);
    const unknown = "A".repeat(43);
    const response = await world.refund(unknown, {
      headers: await world.credentials(unknown, "POST", "/payments/v1/refunds"),
    });
    expect(challengeOf(response)).toBe(`DPoP algs="ES256", error="invalid_token", ${metadata()}`);
    expect(world.downstream.seen).toEqual([]);
  });

  test("is ours alone: a system's own 401 gets none", async () => {
    world.downstream.answer = (response) => response.writeHead(401).end("{}");
    const handle = await world.desk.issue(world.signer, REFUND);
    const response = await world.refund(handle);
    expect([response.status, challengeOf(response)]).toEqual([401, null]);
  });
});
