import {
  type ProofContents,
  type Signer,
  type TokenAnswer,
  type TokenRequest,
  generateSigner,
  randomToken,
  signProof,
  signToken,
  tokenUrl,
} from "@watchword/core";
import { listen } from "@watchword/gateway";
import { httpBroker } from "@watchword/middleware";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { fileKeys } from "../src/index.ts";
import { DELEGATION_POLICY, delegation } from "./delegation.ts";
import { ISSUER, type TestWorld, refundOf, world } from "./world.ts";

let place: TestWorld;
beforeAll(async () => {
  place = await world({ policy: DELEGATION_POLICY, broker: { proofNonce: "required" } });
  // To the beginning of a window, so that none ends by itself in the middle of a test.
  place.clock.advance(120 - (Math.floor(place.clock.now() / 1_000) % 120));
});
afterAll(() => place[Symbol.asyncDispose]());

const prove = (key: Signer, nonce?: string, target: Partial<ProofContents> = {}): Promise<string> =>
  signProof(
    key,
    { method: "POST", url: tokenUrl(ISSUER), ...(nonce === undefined ? {} : { nonce }), ...target },
    Math.floor(place.clock.now() / 1_000),
  );

/** A start whose proof is `dpop`. */
const start = (dpop: TokenRequest["dpop"]): Promise<TokenAnswer> =>
  place.tryStart({
    change: ({ dpop: _, ...request }) => ({ ...request, ...(dpop === undefined ? {} : { dpop }) }),
  });

/** The nonce that the broker asks for now. */
async function asked(): Promise<string> {
  const answer = await start(await prove(await generateSigner()));
  return answer.ok ? "" : (answer.dpop_nonce ?? "");
}

const started = async (): Promise<number> =>
  (await place.ledger()).filter(({ kind }) => kind === "run_started").length;

describe("a proof at the token endpoint", () => {
  test("without a nonce starts nothing, and the answer says which one is wanted", async () => {
    const before = await started();
    const answer = await start(await prove(await generateSigner()));
    expect(answer).toMatchObject({ ok: false, error: "use_dpop_nonce", reason: "proof_nonce_required" });
    expect(await started()).toBe(before);
  });

  test("with the nonce that was asked for starts a run, once", async () => {
    const key = await generateSigner();
    const proof = await prove(key, await asked());
    expect((await start(proof)).ok).toBe(true);
    expect(await start(proof)).toMatchObject({ ok: false, reason: "token_replayed" });
  });

  test("is asked for in a challenge that is not recorded one by one, only counted", async () => {
    await place.broker.sweep();
    // What was counted before is recorded; the next record of a reason comes a minute after it.
    place.clock.advance(120);
    const before = (await place.ledger()).length;
    for (let count = 0; count < 3; count++) await start(await prove(await generateSigner()));
    expect(await place.ledger()).toHaveLength(before);
    await place.broker.sweep();
    expect((await place.ledger()).at(-1)).toMatchObject({
      body: { reason: "proof_nonce_required", count: 3 },
    });
  });

  test("is made once more by a caller that can, in the same process", async () => {
    const key = await generateSigner();
    const wanted: (string | undefined)[] = [];
    const answer = await start((nonce) => (wanted.push(nonce), prove(key, nonce)));
    expect(answer.ok).toBe(true);
    expect(wanted).toEqual([undefined, expect.stringMatching(/^[\w-]{43}$/)]);
  });

  test("is made once more, and not again and again, however often the broker asks", async () => {
    const key = await generateSigner();
    let made = 0;
    const answer = await start(() => (made++, prove(key, "not-what-was-asked")));
    expect([made, answer]).toMatchObject([2, { ok: false, reason: "proof_nonce_required" }]);
  });

  test.for([
    { name: "empty", nonce: async () => "" },
    { name: "guessed", nonce: async () => randomToken(32) },
    { name: "cut", nonce: async () => (await asked()).slice(0, -1) },
    { name: "longer", nonce: async () => `${await asked()}A` },
    {
      name: "of another broker with other keys",
      nonce: async () => (await fileKeys(`${place.directory}/other-keys`)).nonce("1"),
    },
    {
      name: "a hash that traces show",
      nonce: async () => (await fileKeys(`${place.directory}/keys`)).pseudonym(JSON.stringify([ISSUER, 1])),
    },
  ])("whose nonce is $name is asked for again", async ({ nonce }) => {
    const answer = await start(await prove(await generateSigner(), await nonce()));
    expect(answer).toMatchObject({ ok: false, reason: "proof_nonce_required" });
  });

  test("whose nonce is no text is refused", async () => {
    const key = await generateSigner();
    const claims = { jti: randomToken(16), htm: "POST", htu: tokenUrl(ISSUER), iat: 1, nonce: 1 };
    const proof = await signToken(key, "dpop+jwt", claims, { jwk: key.publicJwk });
    expect((await start(proof)).ok).toBe(false);
  });

  test("that is none, or of another key, is refused as a proof: a nonce does not repair it", async () => {
    for (const dpop of ["a.b.c", "", undefined])
      expect(await start(dpop)).toMatchObject({ ok: false, reason: "proof_invalid" });
    const [good, other] = [await generateSigner(), await generateSigner()];
    const [, claims = "", signature = ""] = (await prove(good, await asked())).split(".");
    const [header = ""] = (await prove(other, await asked())).split(".");
    expect(await start(`${header}.${claims}.${signature}`)).toMatchObject({ reason: "proof_invalid" });
    expect(await start(await prove(good, await asked(), { url: `${ISSUER}/other` }))).toMatchObject({
      reason: "proof_invalid",
    });
  });

  test("of a delegation and of a renewal need it, an act has no proof and needs none", async () => {
    const key = await generateSigner();
    const answer = await start((nonce) => prove(key, nonce));
    if (!answer.ok || answer.run === undefined) throw new Error("not started");
    const run = { id: answer.run.run_id, agent: "support@3", key, token: answer.access_token };
    expect(await delegation(place, run)).toMatchObject({ ok: false, reason: "proof_nonce_required" });
    const child = await generateSigner();
    expect(
      await delegation(place, run, {
        key: child,
        request: (request) => ({ ...request, dpop: (nonce) => prove(child, nonce) }),
      }),
    ).toMatchObject({ ok: true });
    const renewal: TokenRequest = {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: run.token,
      subject_token_type: "urn:watchword:token-type:agent-run",
      actor_token: await place.workloadToken(),
      actor_token_type: "urn:watchword:token-type:workload",
    };
    const { client } = place.broker;
    expect(await client.token({ ...renewal, dpop: await prove(key) })).toMatchObject({
      reason: "proof_nonce_required",
    });
    expect(await client.token({ ...renewal, dpop: (nonce) => prove(key, nonce) })).toMatchObject({
      ok: true,
    });
    expect((await place.act(run, refundOf("ch_a1"))).ok).toBe(true);
  });
});

describe("a nonce", () => {
  test("holds for two windows, not for three: no proof can be made for later", async () => {
    const nonce = await asked();
    place.clock.advance(120);
    expect(await asked()).not.toBe(nonce);
    expect((await start(await prove(await generateSigner(), nonce))).ok).toBe(true);
    place.clock.advance(120);
    expect(await start(await prove(await generateSigner(), nonce))).toMatchObject({
      reason: "proof_nonce_required",
    });
  });

  test("is the same at every replica and after a restart, without a store: it is a hash of the time", async () => {
    const [one, two] = await Promise.all([
      fileKeys(`${place.directory}/keys`),
      fileKeys(`${place.directory}/keys`),
    ]);
    expect(one.nonce("w")).toBe(two.nonce("w"));
    expect(one.nonce("w")).not.toBe(one.nonce("v"));
    expect(one.nonce("w")).not.toContain(one.pseudonym("w").slice(0, 8));
  });
});

describe("over HTTP", () => {
  test("the challenge is 400 with the nonce in its header, and not in the body", async () => {
    let body = "";
    await place.tryStart({
      change: ({ dpop: _, ...form }) => {
        body = new URLSearchParams(form as Record<string, string>).toString();
        return { ...form, grant_type: "not-sent" };
      },
    });
    const response = await brokerHttp(place.broker).request("/token", {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        dpop: await prove(await generateSigner()),
      },
      body,
    });
    const members = (await response.json()) as Record<string, unknown>;
    expect([response.status, members["error"]]).toEqual([400, "use_dpop_nonce"]);
    expect(response.headers.get("dpop-nonce")).toMatch(/^[\w-]{43}$/);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(Object.keys(members)).not.toContain("dpop_nonce");
  });

  test("the client answers it with one more proof, remembers the nonce, and gets the same answers", async () => {
    await using stack = new AsyncDisposableStack();
    const listener = await listen({ host: "127.0.0.1", port: 0 });
    stack.defer(() => listener.close());
    const app = brokerHttp(place.broker);
    let requests = 0;
    listener.serve(async (request) => (requests++, app.fetch(request)));
    const client = httpBroker({ issuer: ISSUER, url: listener.url });
    const through = async (dpop: TokenRequest["dpop"]): Promise<TokenAnswer> => {
      let sent: TokenAnswer | undefined;
      let request: TokenRequest | undefined;
      await place.tryStart({
        change: (honest) => (request = honest) && { ...honest, grant_type: "not-sent" },
      });
      if (request !== undefined)
        sent = await client.token({ ...request, ...(dpop === undefined ? {} : { dpop }) });
      if (sent === undefined) throw new Error("not sent");
      return sent;
    };
    const key = await generateSigner();
    expect((await through((nonce) => prove(key, nonce))).ok).toBe(true);
    expect(requests).toBe(2);
    expect((await through((nonce) => prove(key, nonce))).ok).toBe(true);
    expect(requests).toBe(3);
    expect(await start(await prove(key))).toMatchObject(await through(await prove(key)));
  });
});

describe("by default", () => {
  test.for([
    { environment: "development", reason: "started" },
    { environment: "production", reason: "proof_nonce_required" },
  ] as const)("a broker in $environment: $reason", async ({ environment, reason }) => {
    await using there = await world({
      policy: WORKLOAD_BY_LOGIN,
      broker: { environment, verifiers: [] },
    });
    const answer = await there.tryStart();
    // Nobody is trusted there: in development, too, the start fails, but not for its nonce.
    expect(answer.ok ? "started" : answer.reason).toBe(reason === "started" ? "token_untrusted" : reason);
  });
});

const WORKLOAD_BY_LOGIN = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { oidc: { issuer: "https://login.test.example", subject: "w" } }, agents: [support], tenant: { claim: org_id } }
grants:
  - { id: read, agent: support, operation: payments/charges.retrieve, resource: { account: "\${tenant.payments.account}" }, where: { args.charge: { ownedBy: tenant } }, lease: { action: 30s } }
`;
