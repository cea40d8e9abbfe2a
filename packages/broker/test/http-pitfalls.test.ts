import { createHmac } from "node:crypto";
import { REASONS, type Signer, generateSigner, publicJwkOf, signProof } from "@watchword/core";
import { localKeySource, localKeyVerifier } from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { ISSUER, LOGIN, type TestWorld, world } from "./world.ts";

const CANARY = "canary_41ce_must_never_be_seen";

let directory: string;
let place: TestWorld;
let login: Signer;
let workload: () => Promise<string>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-pitfalls-"));
  login = await generateSigner("login-1");
  const local = { directory: join(directory, "workload"), audience: ISSUER };
  const source = await localKeySource({ ...local, subject: "support-runtime" });
  workload = () => source.token();
  const keys = [{ ...login.publicJwk, kid: login.keyId, alg: "ES256", use: "sig" }];
  place = await world({
    directory,
    broker: {
      verifiers: [
        await localKeyVerifier(local),
        await oidc({ issuer: LOGIN, audience: ISSUER, jwks: { keys }, algorithms: ["ES256"] }),
      ],
    },
  });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const encode = (text: string): string => Buffer.from(text).toString("base64url");
const now = (): number => Math.floor(place.clock.now() / 1_000);
const claims = (): Record<string, unknown> => ({
  iss: LOGIN,
  sub: "dana",
  aud: ISSUER,
  iat: now(),
  exp: now() + 300,
  org_id: "acme",
});

/** A user's token as texts, so that what no encoder writes can be written. */
async function token(claimsText: string, header: object = {}, signer: Signer = login): Promise<string> {
  const input = `${encode(JSON.stringify({ alg: "ES256", typ: "JWT", kid: login.keyId, ...header }))}.${encode(claimsText)}`;
  return `${input}.${Buffer.from(await signer.sign(Buffer.from(input))).toString("base64url")}`;
}

interface Answer {
  readonly status: number;
  readonly error: unknown;
  readonly text: string;
}

interface Parts {
  readonly user?: string;
  readonly proof?: string;
  readonly more?: string;
  readonly headers?: Record<string, string>;
}

/** A start over HTTP, honest but for what is given. */
async function start(parts: Parts): Promise<Answer> {
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: parts.user ?? (await token(JSON.stringify(claims()))),
    subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
    actor_token: await workload(),
    actor_token_type: "urn:watchword:token-type:workload",
    authorization_details: `[{"type":"urn:watchword:authorization-details:run","agent":"support@3"}]`,
  });
  const target = { method: "POST", url: `${ISSUER}/token` };
  const response = await brokerHttp(place.broker).request("/token", {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      dpop: parts.proof ?? (await signProof(await generateSigner(), target, now())),
      ...parts.headers,
    },
    body: `${form.toString()}${parts.more ?? ""}`,
  });
  const text = await response.text();
  return { status: response.status, error: (JSON.parse(text) as { error?: unknown }).error, text };
}

const started = async (): Promise<number> =>
  (await place.ledger()).filter(({ kind }) => kind === "run_started").length;

test("an honest start passes, so that what is refused below is refused for its one change", async () => {
  expect((await start({})).status).toBe(200);
  const one = JSON.stringify({ ...claims(), aud: [ISSUER] });
  expect((await start({ user: await token(one) })).status).toBe(200);
});

test("a bad subject or actor token is never invalid_grant: RFC 8693 says invalid_request", () => {
  const codes: string[] = Object.values(REASONS).map(({ oauth }) => oauth);
  expect(codes).not.toContain("invalid_grant");
  for (const [name, { oauth }] of Object.entries(REASONS))
    if (name.startsWith("token_") && name !== "token_kind_unsupported") expect(oauth).toBe("invalid_request");
});

describe("a user's token that another reader would take is refused with invalid_request, and nothing starts:", () => {
  const changed = (change: Record<string, unknown>): Promise<string> =>
    token(JSON.stringify({ ...claims(), ...change }));
  const raw = (member: string): Promise<string> =>
    token(`${JSON.stringify(claims()).slice(0, -1)},${member}}`);
  const without = (name: string, member: string): Promise<string> => {
    const { [name]: _, ...rest } = claims();
    return token(`${JSON.stringify(rest).slice(0, -1)},${member}}`);
  };

  test.for<{ name: string; user: () => Promise<string> }>([
    { name: "for us and somebody else", user: () => changed({ aud: [ISSUER, "https://other.example"] }) },
    { name: "for us twice", user: () => changed({ aud: [ISSUER, ISSUER] }) },
    { name: "for us with a slash", user: () => changed({ aud: `${ISSUER}/` }) },
    { name: "for our token endpoint", user: () => changed({ aud: `${ISSUER}/token` }) },
    { name: "of its issuer with a slash", user: () => changed({ iss: `${LOGIN}/` }) },
    { name: "of its issuer in capitals", user: () => changed({ iss: LOGIN.toUpperCase() }) },
    { name: "of nobody", user: () => changed({ iss: undefined }) },
    { name: "that ends as a text", user: () => changed({ exp: String(now() + 300) }) },
    { name: "that ends beyond every number", user: () => without("exp", `"exp":1e400`) },
    { name: "that never ends", user: () => changed({ exp: undefined }) },
    { name: "that ends before it begins", user: () => changed({ exp: -1 }) },
    { name: "of the future", user: () => changed({ iat: now() + 3_600, exp: now() + 3_900 }) },
    { name: "with a second subject", user: () => raw(`"sub":"mallory"`) },
    { name: "with a second tenant, spelt in escapes", user: () => raw(`"\\u006frg_id":"globex"`) },
    { name: "with __proto__", user: () => raw(`"__proto__":{"org_id":"globex"}`) },
    {
      name: "that brings a key's address",
      user: async () => token(JSON.stringify(claims()), { jku: "https://evil.example" }),
    },
    {
      name: "that brings its own key",
      user: async () => token(JSON.stringify(claims()), { jwk: (await generateSigner()).publicJwk }),
    },
    {
      name: "whose key id is a path",
      user: async () => token(JSON.stringify(claims()), { kid: "../../login-1" }),
    },
    {
      name: "whose key id is a query",
      user: async () => token(JSON.stringify(claims()), { kid: "' OR 1=1 --" }),
    },
    {
      name: "signed by another key under the right id",
      user: async () => token(JSON.stringify(claims()), {}, await generateSigner()),
    },
    {
      name: "with an extension that must be understood",
      user: async () => token(JSON.stringify(claims()), { crit: ["b64"], b64: false }),
    },
    {
      name: "without a signature",
      user: async () => `${encode(`{"alg":"none","typ":"JWT"}`)}.${encode(JSON.stringify(claims()))}.`,
    },
    {
      name: "signed with the public key as a secret",
      user: async () => {
        const input = `${encode(`{"alg":"HS256","typ":"JWT","kid":"login-1"}`)}.${encode(JSON.stringify(claims()))}`;
        const secret = JSON.stringify(publicJwkOf(login.publicJwk));
        return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
      },
    },
    { name: "in five parts", user: async () => `${await token(JSON.stringify(claims()))}.a.b` },
  ])("$name", async ({ user }) => {
    const before = await started();
    const answer = await start({ user: await user() });
    expect([answer.status, answer.error]).toEqual([400, "invalid_request"]);
    expect(await started()).toBe(before);
  });
});

describe("a proof for almost this endpoint is invalid_dpop_proof, and nothing starts:", () => {
  test.for([
    "https://BROKER.test.example/token",
    `${ISSUER}:443/token`,
    `${ISSUER}:8443/token`,
    `${ISSUER}/token/`,
    `${ISSUER}/Token`,
    `${ISSUER}/token?x=1`,
    `${ISSUER}/token#x`,
    `${ISSUER}//token`,
    `${ISSUER}/x/../token`,
    "http://broker.test.example/token",
    "http://localhost/token",
    "/token",
  ])("%s", async (url) => {
    const before = await started();
    const proof = await signProof(await generateSigner(), { method: "POST", url }, now());
    // What the request says of its host is nothing to go by.
    const headers = {
      host: new URL(url, "http://x").host,
      "x-forwarded-host": new URL(url, "http://x").host,
    };
    const answer = await start({ proof, headers });
    expect([answer.status, answer.error]).toEqual([400, "invalid_dpop_proof"]);
    expect(await started()).toBe(before);
  });

  test("with a method in small letters, or the digest of a token where none is presented", async () => {
    const key = await generateSigner();
    const url = `${ISSUER}/token`;
    for (const target of [
      { method: "post", url },
      { method: "POST", url, token: "a" },
    ])
      expect((await start({ proof: await signProof(key, target, now()) })).error).toBe("invalid_dpop_proof");
  });
});

describe("parameters that RFC 8693 lets repeat name one target here or none:", () => {
  test.for([
    "&resource=https://a.example&resource=https://b.example",
    "&audience=a&audience=b",
    "&resource=https://a.example&resource=",
  ])("%s", async (more) => {
    const before = await started();
    const answer = await start({ more });
    expect([answer.status, answer.error]).toEqual([400, "invalid_request"]);
    expect(await started()).toBe(before);
  });
});

test("an answer quotes nothing of a token, whatever is wrong with it", async () => {
  for (const user of [CANARY, `${CANARY}.${CANARY}.${CANARY}`, await token(`{"iss":"${CANARY}"}`)])
    expect((await start({ user, proof: CANARY })).text).not.toContain(CANARY);
});
