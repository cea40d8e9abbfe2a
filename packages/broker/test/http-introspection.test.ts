import { join } from "node:path";
import { generateSigner, introspectionUrl, randomToken, signProof } from "@watchword/core";
import { localKeySource } from "@watchword/identity/local-key";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { childOf, DELEGATION_POLICY } from "./delegation.ts";
import { type Asking, ask, askAs, handleOf, proofFor } from "./token-desk.ts";
import { CANARY, ISSUER, POLICY, type TestRun, type TestWorld, effects, sendRefund, world } from "./world.ts";

const PATH = "/introspect";
const INACTIVE = { active: false };

let place: TestWorld;
let run: TestRun;
beforeEach(async () => {
  place = await world();
  run = await place.start();
});
afterEach(() => place[Symbol.asyncDispose]());

const seconds = (): number => Math.floor(place.clock.now() / 1_000);

describe("the holder of a token", () => {
  test("hears what its run token is: principal, actor, tenant and key, and no ceiling", async () => {
    const { status, body, headers } = await askAs(place, PATH, run.key, run.token);
    expect(status).toBe(200);
    expect(body).toEqual({
      active: true,
      iss: ISSUER,
      sub: "dana",
      aud: ISSUER,
      iat: expect.any(Number) as number,
      exp: expect.any(Number) as number,
      jti: expect.any(String) as string,
      token_type: "DPoP",
      cnf: { jkt: expect.stringMatching(/^[\w-]{43}$/) as string },
      act: { sub: "urn:watchword:agent:support@3" },
      tenant: "acme",
    });
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("hears what its handle is, from the same in the same process, and no answer may be kept", async () => {
    const handle = await handleOf(place, run);
    const { body, headers } = await askAs(place, PATH, run.key, handle);
    expect(body).toEqual({
      active: true,
      iss: ISSUER,
      sub: "dana",
      aud: place.gatewayUrl,
      exp: expect.any(Number) as number,
      jti: expect.stringMatching(/^lease_/) as string,
      token_type: "DPoP",
      cnf: { jkt: expect.stringMatching(/^[\w-]{43}$/) as string },
      act: { sub: "urn:watchword:agent:support@3" },
      tenant: "acme",
    });
    expect(headers.get("cache-control")).toBe("no-store");
    const proof = await proofFor(place, PATH, run.key, handle);
    expect(await place.broker.tokens.introspect({ token: handle, proof })).toEqual(body);
    expect(JSON.stringify(body)).not.toContain(CANARY);
  });

  test("hears of a handle that was used, that it is inactive and nothing else", async () => {
    const handle = await handleOf(place, run);
    expect((await sendRefund(place, run, handle, "charge=ch_a1")).status).toBe(200);
    expect((await askAs(place, PATH, run.key, handle)).body).toEqual(INACTIVE);
    expect(effects(place)).toBe(1);
  });

  test("spends nothing by asking: the handle is still good for its one use", async () => {
    const handle = await handleOf(place, run);
    for (let count = 0; count < 3; count++) await askAs(place, PATH, run.key, handle);
    expect((await sendRefund(place, run, handle, "charge=ch_a1")).status).toBe(200);
  });
});

describe("a token is inactive, and nothing else is said,", () => {
  test("once it has expired", async () => {
    const handle = await handleOf(place, run);
    place.clock.advance(61);
    expect((await askAs(place, PATH, run.key, handle)).body).toEqual(INACTIVE);
    place.clock.advance(540);
    expect((await askAs(place, PATH, run.key, run.token)).body).toEqual(INACTIVE);
  });

  test("once its run was killed, run token and handle alike", async () => {
    const handle = await handleOf(place, run);
    await place.broker.runs.kill(run.id);
    for (const token of [run.token, handle])
      expect((await askAs(place, PATH, run.key, token)).body).toEqual(INACTIVE);
  });

  test("once its tenant or its system is frozen", async () => {
    const handle = await handleOf(place, run);
    await place.broker.runs.freeze("system:payments");
    expect((await askAs(place, PATH, run.key, handle)).body).toEqual(INACTIVE);
    expect((await askAs(place, PATH, run.key, run.token)).body).toMatchObject({ active: true });
    await place.broker.runs.freeze("tenant:acme");
    expect((await askAs(place, PATH, run.key, run.token)).body).toEqual(INACTIVE);
  });

  test("when it was never given", async () => {
    const broken = `${run.token.slice(0, -6)}AAAAAA`;
    for (const token of [randomToken(32), "ghs_something", "a.b.c", broken])
      expect((await askAs(place, PATH, run.key, token)).body).toEqual(INACTIVE);
  });

  test("when it is somebody else's, which looks like one that was never given", async () => {
    const other = await place.start({ tenant: "globex", user: "erin" });
    const stranger = await generateSigner();
    const handle = await handleOf(place, run);
    for (const key of [other.key, stranger])
      for (const token of [run.token, handle]) {
        const { status, body } = await askAs(place, PATH, key, token);
        expect([status, body]).toEqual([200, INACTIVE]);
      }
  });

  test("when a parent asks about its child's, or a child about its parent's: each has its own", async () => {
    await using family = await world({ policy: DELEGATION_POLICY });
    const parent = await family.start();
    const child = await childOf(family, parent);
    expect((await askAs(family, PATH, parent.key, child.token)).body).toEqual(INACTIVE);
    expect((await askAs(family, PATH, child.key, parent.token)).body).toEqual(INACTIVE);
    expect((await askAs(family, PATH, child.key, child.token)).body).toMatchObject({
      active: true,
      act: { sub: "urn:watchword:agent:reader@1", act: { sub: "urn:watchword:agent:support@3" } },
    });
    await family.broker.runs.kill(parent.id);
    expect((await askAs(family, PATH, child.key, child.token)).body).toEqual(INACTIVE);
  });
});

describe("who does not show who it is gets 401, a challenge, and no word about the token", () => {
  const proofs: readonly { name: string; asking: () => Promise<Partial<Asking>> }[] = [
    { name: "nothing shown", asking: async () => ({ authorization: "", proof: "" }) },
    { name: "a proof alone", asking: async () => ({ authorization: "" }) },
    { name: "the token without a proof", asking: async () => ({ proof: "" }) },
    {
      name: "the run token as Bearer",
      asking: async () => ({ authorization: `Bearer ${run.token}`, proof: "" }),
    },
    { name: "a Bearer token beside a proof", asking: async () => ({ authorization: `Bearer ${run.token}` }) },
    { name: "another token than is asked about", asking: async () => ({ authorization: "DPoP a.b.c" }) },
    { name: "two tokens", asking: async () => ({ authorization: `DPoP ${run.token}, DPoP ${run.token}` }) },
    { name: "two proofs", asking: async () => ({ proof: "a.b.c, a.b.c" }) },
    { name: "Basic", asking: async () => ({ authorization: `Basic ${run.token}` }) },
    {
      name: "a proof for revocation",
      asking: async () => ({ proof: await proofFor(place, "/revoke", run.key, run.token) }),
    },
    {
      name: "a proof for another token",
      asking: async () => ({ proof: await proofFor(place, PATH, run.key, "a.b.c") }),
    },
    {
      name: "a proof without ath",
      asking: async () => ({
        proof: await signProof(run.key, { method: "POST", url: introspectionUrl(ISSUER) }, seconds()),
      }),
    },
    {
      name: "an old proof",
      asking: async () => {
        const proof = await proofFor(place, PATH, run.key, run.token);
        place.clock.advance(61);
        return { proof };
      },
    },
    {
      name: "a declared workload that may not introspect",
      asking: async () => ({ authorization: `Bearer ${await place.workloadToken()}`, proof: "" }),
    },
    {
      name: "a user's token",
      asking: async () => ({
        authorization: `Bearer ${await place.userToken("dana", { org_id: "acme" })}`,
        proof: "",
      }),
    },
  ];

  test.for(proofs)("$name", async ({ asking }) => {
    const proof = await proofFor(place, PATH, run.key, run.token);
    const answer = await ask(place, { path: PATH, token: run.token, proof, ...(await asking()) });
    expect([answer.status, answer.body["error"], answer.body["reason"]]).toEqual([
      401,
      "invalid_client",
      "caller_unknown",
    ]);
    expect(answer.headers.get("www-authenticate")).toMatch(/^DPoP /);
    expect(Object.keys(answer.body)).not.toContain("active");
    expect((await askAs(place, PATH, run.key, run.token)).body).toMatchObject({ active: true });
  });

  test("and is counted in the ledger, once for all of them", async () => {
    const stranger = await generateSigner();
    for (let count = 0; count < 3; count++) {
      const proof = await proofFor(place, "/revoke", stranger, run.token);
      await ask(place, { path: PATH, token: run.token, proof });
    }
    await place.broker.sweep();
    expect((await place.ledger()).filter(({ body }) => body["reason"] === "caller_unknown")).toMatchObject([
      { kind: "decision", tenant: null, body: { count: 3, outcome: "deny" } },
    ]);
  });

  test.for([
    { name: "no token", form: "" },
    { name: "an empty token", form: "token=" },
    { name: "two tokens in the form", form: "token=a&token=b" },
  ])("$name is no request at all", async ({ form }) => {
    const answer = await ask(place, { path: PATH, token: "a", proof: "a.b.c", form });
    expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_request"]);
  });
});

describe("a workload that may introspect", () => {
  const asWorkload = async (there: TestWorld, token: string): Promise<unknown> =>
    (
      await ask(there, {
        path: PATH,
        token,
        authorization: `Bearer ${await there.workloadToken()}`,
        proof: "",
      })
    ).body;

  test("hears about every tenant's tokens, and never a ceiling", async () => {
    await using desk = await world({ broker: { introspectors: ["support-runtime"] } });
    for (const tenant of ["acme", "globex"]) {
      const { token } = await desk.start({ tenant });
      const body = await asWorkload(desk, token);
      expect(body).toMatchObject({ active: true, tenant });
      expect(JSON.stringify(body)).not.toMatch(/ceiling|refunds/);
    }
    expect(await asWorkload(desk, randomToken(32))).toEqual(INACTIVE);
    expect(desk.broker.discovery.metadata.introspection_endpoint_auth_methods_supported).toEqual([
      "DPoP",
      "Bearer",
    ]);
  });

  test("of one tenant hears nothing of another's", async () => {
    const desk = `  desk: { identity: { localKey: desk }, agents: [reader], tenant: { fixed: globex } }\napprovers:`;
    await using there = await world({
      policy: POLICY.replace("approvers:", desk),
      broker: { introspectors: ["desk"] },
    });
    const source = await localKeySource({
      directory: join(there.directory, "workload"),
      subject: "desk",
      audience: ISSUER,
      clock: there.clock,
    });
    const asDesk = async (token: string): Promise<unknown> =>
      there.broker.tokens.introspect({ token, workload: await source.token() });
    expect(await asDesk((await there.start({ tenant: "acme" })).token)).toEqual(INACTIVE);
    expect(await asDesk((await there.start({ tenant: "globex" })).token)).toMatchObject({
      active: true,
      tenant: "globex",
    });
  });

  test("is one that the policy declares", async () => {
    await expect(world({ broker: { introspectors: ["somebody"] } })).rejects.toMatchObject({
      reason: "configuration_invalid",
    });
  });
});
