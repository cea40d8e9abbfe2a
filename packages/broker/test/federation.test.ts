import { inspect } from "node:util";
import {
  type AdapterContext,
  newAction,
  publicJwkOf,
  readCompactJws,
  verificationKey,
  verifySignedToken,
} from "@watchword/core";
import { afterEach, expect, test } from "vitest";
import { federationHttp } from "../src/http/index.ts";
import { MINTING_POLICY, mintingSystem } from "./minting-system.ts";
import { ISSUER, type TestWorld, world } from "./world.ts";

const FEDERATION = "https://federation.test.example";
let place: TestWorld | undefined;
afterEach(() => place?.[Symbol.asyncDispose]());

/** A broker whose adapter shows what it was called with. */
async function open(federationIssuer: string | undefined) {
  const system = mintingSystem();
  const calls: AdapterContext[] = [];
  const mint = system.adapter.mint.bind(system.adapter);
  Object.assign(system.adapter, {
    mint: async (...call: Parameters<typeof mint>) => {
      calls.push(call[1]);
      return mint(...call);
    },
  });
  place = await world({
    policy: MINTING_POLICY,
    systems: () => ({ tickets: system.adapter }),
    broker: federationIssuer === undefined ? {} : { federationIssuer },
  });
  const run = await place.start();
  const action = newAction({
    system: "tickets",
    operation: "tickets.close",
    resource: {},
    arguments: { ticket: "t_1" },
  });
  const answer = await place.act(run, action);
  return { place, run, calls, answer };
}

test("an adapter gets tokens for one audience and a minute, under an issuer and a key of their own", async () => {
  const { place: opened, calls, answer } = await open(FEDERATION);
  const token = await calls[0]?.federationToken?.("sts.example");
  if (token === undefined || !answer.ok) throw new Error("no token");
  const keys = opened.broker.federation?.keys.keys ?? [];
  const claims = await token.open((text) =>
    verifySignedToken(text, {
      typ: "JWT",
      key: async ({ header }) => {
        const jwk = keys.find(({ kid }) => kid === header.kid);
        return jwk === undefined ? undefined : verificationKey(header.kid ?? "", publicJwkOf({ ...jwk }));
      },
    }),
  );
  const now = Math.floor(opened.clock.now() / 1_000);
  expect(claims).toMatchObject({
    iss: FEDERATION,
    sub: "tenant:acme:system:tickets",
    aud: "sts.example",
    tenant: "acme",
    system: "tickets",
    agent: "support@3",
    decision: answer.lease?.decision_id,
  });
  expect(Number(claims["exp"]) - now).toBeLessThanOrEqual(60);
  expect(inspect(token)).toBe("[sealed]");
  const brokerKids = opened.broker.discovery.keys.keys.map(({ kid }) => kid);
  expect(keys.some(({ kid }) => brokerKids.includes(kid))).toBe(false);
});

test("a token for a session at AWS says tenant, agent and decision as its tags and source identity, and no other token does", async () => {
  const { calls, answer } = await open(FEDERATION);
  const [plain, session] = await Promise.all([
    calls[0]?.federationToken?.("sts.amazonaws.com"),
    calls[0]?.federationToken?.("sts.amazonaws.com", "aws-session"),
  ]);
  if (plain === undefined || session === undefined || !answer.ok) throw new Error("no token");
  const { claims } = session.open((text) => readCompactJws(text));
  expect(claims["https://aws.amazon.com/source_identity"]).toBe(answer.lease?.decision_id);
  expect(claims["https://aws.amazon.com/tags"]).toEqual({
    principal_tags: {
      "watchword-tenant": ["acme"],
      "watchword-system": ["tickets"],
      "watchword-agent": ["support@3"],
    },
    transitive_tag_keys: ["watchword-tenant", "watchword-system", "watchword-agent"],
  });
  expect(JSON.stringify(plain.open((text) => readCompactJws(text)).claims)).not.toContain("aws.amazon.com");
});

test("a token for scopes names them and nothing else that is new", async () => {
  const { calls } = await open(FEDERATION);
  const claims = async (form?: { scp: readonly string[] }) => {
    const token = await calls[0]?.federationToken?.("https://acme.example", form);
    return token?.open((text) => readCompactJws(text).claims);
  };
  const [plain, scoped] = [await claims(), await claims({ scp: ["session:role:READER"] })];
  expect(scoped).toMatchObject({ sub: "tenant:acme:system:tickets", scp: ["session:role:READER"] });
  expect(Object.keys(scoped ?? {}).filter((name) => !Object.hasOwn(plain ?? {}, name))).toEqual(["scp"]);
});

test("a mint is told its decision, and when its lease ends at the latest", async () => {
  const { place: opened, calls, answer } = await open(undefined);
  if (!answer.ok) throw new Error("no lease");
  const { lease } = answer;
  expect(calls[0]?.minting?.decisionId).toBe(lease?.decision_id);
  expect(calls[0]?.minting?.leaseEndsAt).toBe(lease?.credential.lease_expires_at);
  expect(Number(lease?.credential.lease_expires_at)).toBeGreaterThan(opened.clock.now() / 1_000);
});

test("a federation token is no token of the broker's, and the run token none of the federation's", async () => {
  const { place: opened, run, calls } = await open(FEDERATION);
  const token = await calls[0]?.federationToken?.(ISSUER);
  if (token === undefined) throw new Error("no token");
  const forged = { ...run, token: token.open((text) => text) };
  const answer = await opened.act(
    forged,
    newAction({ system: "tickets", operation: "tickets.close", resource: {}, arguments: { ticket: "t_1" } }),
  );
  expect(answer.ok ? "allowed" : answer.reason).toBe("token_wrong_type");
  const kid = JSON.parse(Buffer.from(run.token.split(".")[0] ?? "", "base64url").toString()) as {
    kid: string;
  };
  expect(opened.broker.federation?.keys.keys.map((key) => key.kid)).not.toContain(kid.kid);
});

test("what is published is discovery and public keys, below the issuer's own path", async () => {
  const { place: opened } = await open(`${FEDERATION}/oidc`);
  if (opened.broker.federation === undefined) throw new Error("no federation");
  const app = federationHttp(opened.broker.federation);
  const metadata = (await (await app.request("/oidc/.well-known/openid-configuration")).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  expect(metadata).toMatchObject({ issuer: `${FEDERATION}/oidc`, jwks_uri: `${FEDERATION}/oidc/jwks` });
  const text = await (await app.request("/oidc/jwks")).text();
  expect(JSON.parse(text)).toEqual(opened.broker.federation.keys);
  expect(text).not.toContain('"d"');
  expect((await app.request("/token", { method: "POST" })).status).toBe(404);
});

test("no token is in the ledger, and none is made where no issuer is configured", async () => {
  const { place: opened, calls } = await open(undefined);
  expect(opened.broker.federation).toBeUndefined();
  expect(calls[0]).toBeDefined();
  expect(calls[0]?.federationToken).toBeUndefined();
  await opened[Symbol.asyncDispose]();
  const other = await open(FEDERATION);
  const token = await other.calls[0]?.federationToken?.("sts.example");
  const records = JSON.stringify(await other.place.ledger());
  expect(token?.open((text) => records.includes(text))).toBe(false);
});

test.for([ISSUER, `${ISSUER}/`, "http://federation.example", "federation", `${FEDERATION}?x=1`])(
  "%s is no federation issuer",
  async (issuer) => {
    await expect(open(issuer)).rejects.toMatchObject({ reason: "configuration_invalid" });
    place = undefined;
  },
);
