import {
  PROJECTION_BYTES,
  ProjectionClaims,
  agentUri,
  generateSigner,
  parseClaims,
  projectionUrl,
  signProof,
  tokenUrl,
  verificationKey,
  verifySignedToken,
} from "@watchword/core";
import { parsePolicy, projectPolicy, readProjection } from "@watchword/policy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { childOf } from "./delegation.ts";
import { ask, projectionOf, projectionsOf } from "./denial-desk.ts";
import { refusalOf } from "./refusal-of.ts";
import { ISSUER, POLICY, type TestRun, type TestWorld, effects, refundOf, world } from "./world.ts";

let place: TestWorld;
beforeAll(async () => void (place = await world()));
afterAll(() => place[Symbol.asyncDispose]());

/** A projection as a careful runtime reads it: by the keys that the broker publishes. */
async function read(token: string): Promise<ProjectionClaims> {
  const keys = await projectionsOf(place).keys();
  return parseClaims(
    ProjectionClaims,
    await verifySignedToken(token, {
      typ: "policy-projection+jwt",
      maxBytes: PROJECTION_BYTES,
      key: async ({ header }) => {
        const found = keys.find(({ kid }) => kid === header.kid);
        if (found === undefined) return undefined;
        const { kid, crv, kty, x, y } = found;
        return verificationKey(kid, { crv, kty, x, y });
      },
    }),
  );
}

describe("a run gets the projection of its own agent", () => {
  test("signed by a published key, for that agent, of the active policy, for some minutes", async () => {
    const claims = await read((await projectionOf(place, await place.start())).token);
    const { version, epoch } = place.broker.policies.active();
    expect(claims).toMatchObject({
      iss: ISSUER,
      aud: agentUri("support@3"),
      policy_version: version,
      epoch,
    });
    expect(claims.exp - claims.iat).toBe(600);
    expect(claims.projection).toEqual(
      projectPolicy(parsePolicy([{ name: "policy.yaml", text: POLICY }]), ["support"]),
    );
  });

  test("and a subagent its own, not its parent's", async () => {
    const parent = await place.start();
    const child = await childOf(place, parent, { agent: "reader@1" });
    const claims = await read((await projectionOf(place, child)).token);
    expect(claims.aud).toBe(agentUri("reader@1"));
    expect(readProjection(claims.projection)?.agents).toEqual(new Set(["reader"]));
    expect(JSON.stringify(claims)).not.toContain("refund");
  });
});

describe("the tag of a projection", () => {
  test("is enough while nothing changed, for every run of the agent, and never for another agent", async () => {
    const { etag } = await projectionOf(place, await place.start());
    // Not where a step of time ends in between.
    const again = await ask(place, await place.start({ thread: "t" }), etag);
    expect(again === "unchanged" || typeof again === "object").toBe(true);
    expect(await ask(place, await place.start({ agent: "reader@1" }), etag)).toMatchObject({
      token: expect.any(String),
    });
    expect(await ask(place, await place.start({ agent: "support@4" }), etag)).toMatchObject({
      token: expect.any(String),
    });
  });

  test("is over with its time, and with the policy", async () => {
    const run = await place.start();
    // At the beginning of a step.
    place.clock.advance(150 - (Math.floor(place.clock.now() / 1_000) % 150));
    const { etag } = await projectionOf(place, run);
    expect(await ask(place, run, etag)).toBe("unchanged");
    place.clock.advance(150);
    const later = await projectionOf(place, run, etag);
    expect(later.etag).not.toBe(etag);
    const stricter = parsePolicy([{ name: "policy.yaml", text: POLICY.replace("200.00 USD", "10.00 USD") }]);
    const before = place.broker.policies.active();
    await place.broker.policies.push(stricter, "ci");
    await place.broker.policies.activate(stricter.version, "ci");
    const newer = await projectionOf(place, run, later.etag);
    expect(await read(newer.token)).toMatchObject({
      policy_version: stricter.version,
      epoch: before.epoch + 1,
    });
    await place.broker.policies.activate(before.version, "ci");
  });
});

describe("nobody gets a projection", () => {
  test.for<{ name: string; ask: (run: TestRun) => Promise<unknown>; reason: string }>([
    {
      name: "with another key's proof",
      ask: async (run) => ask(place, run, undefined, { key: await generateSigner() }),
      reason: "proof_invalid",
    },
    {
      name: "with a proof for the token endpoint",
      ask: (run) => ask(place, run, undefined, { url: tokenUrl(ISSUER) }),
      reason: "proof_invalid",
    },
    {
      name: "with a proof for another method",
      ask: (run) => ask(place, run, undefined, { method: "POST" }),
      reason: "proof_invalid",
    },
    {
      name: "with a workload's token",
      ask: async (run) => ask(place, { key: run.key, token: await place.workloadToken() }),
      reason: "token_wrong_type",
    },
    {
      name: "for a run that has ended",
      ask: async (run) => {
        await place.broker.runs.kill(run.id);
        return ask(place, run);
      },
      reason: "run_ended",
    },
  ])("$name", async ({ ask: asked, reason }) => {
    expect((await refusalOf(asked(await place.start()))).reason).toBe(reason);
  });

  test("by being an action's assertion: it decides nothing at the broker", async () => {
    const run = await place.start();
    const { token } = await projectionOf(place, run);
    const answer = await place.act(run, refundOf("ch_a1", 1_000), {
      request: (request) => ({ ...request, actor_token: token }),
    });
    expect(answer).toMatchObject({ ok: false, reason: "token_wrong_type" });
    expect(effects(place)).toBe(0);
  });
});

describe("over HTTP", () => {
  async function get(run: TestRun, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
    const proof = await signProof(
      run.key,
      { method: "GET", url: projectionUrl(ISSUER), token: run.token },
      Math.floor(place.clock.now() / 1_000),
    );
    return brokerHttp(place.broker).request("/policy/projection", {
      method,
      headers: { authorization: `DPoP ${run.token}`, dpop: proof, ...headers },
    });
  }

  test("it has a strong tag, may be kept by whoever asked, and 304 says that it is still the one", async () => {
    const run = await place.start();
    place.clock.advance(150 - (Math.floor(place.clock.now() / 1_000) % 150));
    const first = await get(run);
    const etag = first.headers.get("etag") ?? "";
    expect([first.status, first.headers.get("cache-control"), first.headers.get("vary")]).toEqual([
      200,
      "private, no-cache",
      "authorization",
    ]);
    expect(etag).toMatch(/^"[A-Za-z0-9_-]{43}"$/);
    const second = await get(run, { "if-none-match": etag });
    expect([second.status, second.headers.get("etag"), await second.text()]).toEqual([304, etag, ""]);
    for (const other of [`W/${etag}`, "*", etag.slice(1, -1), `"${"A".repeat(43)}"`])
      expect([other, (await get(run, { "if-none-match": other })).status]).toEqual([other, 200]);
  });

  test("a browser's page, a query, another method and nobody get nothing", async () => {
    const run = await place.start();
    expect((await get(run, { origin: "https://page.example" })).status).toBe(403);
    expect((await get(run, {}, "PUT")).status).toBe(405);
    const nobody = await brokerHttp(place.broker).request("/policy/projection");
    expect([nobody.status, nobody.headers.get("www-authenticate")]).toEqual([
      401,
      'DPoP error="invalid_token", algs="ES256"',
    ]);
  });

  test("batches are taken by POST with exactly what is needed", async () => {
    const app = brokerHttp(place.broker);
    expect((await app.request("/denials")).status).toBe(405);
    const body = new URLSearchParams({ token: "x" });
    expect((await app.request("/denials", { method: "POST", body })).status).toBe(400);
  });

  test("without projections a broker has neither endpoint", async () => {
    const app = brokerHttp({ client: place.broker.client });
    expect((await app.request("/policy/projection")).status).toBe(404);
    expect((await app.request("/denials", { method: "POST" })).status).toBe(404);
  });
});
