import { inspect } from "node:util";
import { type Operation, Refusal, TOKEN_TYPES, generateSigner, operation, signProof } from "@watchword/core";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type ExpectedAction,
  type PresentedRequest,
  type VerifyOptions,
  tokenVerifier,
} from "../src/index.ts";
import { AUDIENCE, ISSUER, type Changes, type IssuerDesk, issuerDesk, signCompact } from "./issuer-desk.ts";

let desk: IssuerDesk;
beforeEach(async () => void (desk = await issuerDesk()));

const READ: ExpectedAction = { operation: "orders.read", arguments: () => ({ order: "o_1" }) };
const now = (): number => Math.floor(desk.clock.now() / 1_000);

/** The reason of a refusal, or `taken`. Nothing of the request may show in it. */
async function outcome(
  request: PresentedRequest,
  expected: ExpectedAction = READ,
  options: Partial<VerifyOptions> = {},
): Promise<string> {
  const told: Refusal[] = [];
  const verifier = tokenVerifier({
    ...desk.options,
    onRefusal: (refusal) => void told.push(refusal),
    ...options,
  });
  return verifier.verify(request, expected).then(
    () => "taken",
    (error: unknown) => {
      if (!Refusal.is(error)) throw error;
      expect(told).toEqual([error]);
      const [, token = "no-token"] = /^\w+ (.+)$/.exec(request.authorization[0] ?? "") ?? [];
      expect(inspect(error, { depth: 8 })).not.toContain(token);
      return error.reason;
    },
  );
}

const present = async (changes: Changes = {}, parts = {}): Promise<PresentedRequest> =>
  desk.request(await desk.token(changes, parts));

test("an honest token is taken, and says who acts, for whom, and by which decision", async () => {
  const token = await desk.token();
  const verifier = tokenVerifier(desk.options);
  const action = await verifier.verify(await desk.request(token), READ);
  expect(action).toMatchObject({
    tenant: "acme",
    operation: "orders.read",
    access: "read",
    principal: { kind: "user", issuer: "https://login.example", subject: "dana" },
    actor: "urn:watchword:agent:reader@1",
    chain: ["urn:watchword:agent:support@3", "urn:watchword:agent:reader@1"],
    workload: "support-runtime",
    idempotencyKey: "i".repeat(43),
    expiresAt: now() + 60,
  });
  expect(Object.isFrozen(action)).toBe(true);
});

describe("a token is refused", () => {
  test.for<[name: string, reason: string, changes: Changes]>([
    ["of another issuer", "token_untrusted", { claims: { iss: "https://broker.example" } }],
    ["of an issuer that only looks the same", "token_untrusted", { claims: { iss: `${ISSUER}/` } }],
    ["for another service", "token_wrong_audience", { claims: { aud: "https://billing.example" } }],
    ["for this service in another spelling", "token_wrong_audience", { claims: { aud: `${AUDIENCE}/` } }],
    ["for this service and another", "token_malformed", { claims: { aud: [AUDIENCE, "https://b.example"] } }],
    ["without an end", "token_malformed", { claims: { exp: undefined } }],
    ["that lives longer than any may", "token_expired", { claims: { exp: 1_800_000_000 + 301 } }],
    ["that has expired", "token_expired", { claims: { iat: 1_799_999_900, exp: 1_800_000_000 } }],
    ["from the future", "token_expired", { claims: { iat: 1_800_000_031, exp: 1_800_000_060 } }],
    ["with a time that is a text", "token_malformed", { claims: { exp: "1800000060" } }],
    ["with a claim that nobody knows", "token_malformed", { claims: { scope: "orders.read" } }],
    ["without a tenant", "token_malformed", { claims: { tenant: undefined } }],
    ["with a tenant that is no id", "token_malformed", { claims: { tenant: "Acme" } }],
    ["without an actor", "token_malformed", { claims: { act: undefined } }],
    ["with no action", "token_malformed", { claims: { authorization_details: [] } }],
    ["of another type of details", "token_malformed", { detail: { type: "urn:example" } }],
    ["with a detail that nobody knows", "token_malformed", { detail: { limit: 1 } }],
  ])("%s: %s", async ([, reason, changes]) => {
    expect(await outcome(await present(changes))).toBe(reason);
  });

  test.for([
    ...Object.values(TOKEN_TYPES).filter((typ) => typ !== TOKEN_TYPES.access),
    "txntoken+jwt",
    "oauth-id-jag+jwt",
    "token-introspection+jwt",
    "JWT",
    "application/at+jwt",
    "AT+JWT",
    undefined,
  ])("of another kind, with the right claims and the right key: %s", async (typ) => {
    expect(await outcome(await present({}, { header: { typ } }))).toBe("token_wrong_type");
  });

  test.for<[string, object, string]>([
    ["alg none", { alg: "none" }, "token_untrusted"],
    ["alg ES384", { alg: "ES384" }, "token_untrusted"],
    ["alg HS256", { alg: "HS256" }, "token_untrusted"],
    ["no kid", { kid: undefined }, "token_untrusted"],
    ["an unknown kid", { kid: "../../dev/null" }, "token_untrusted"],
    ["kid __proto__", { kid: "__proto__" }, "token_untrusted"],
    ["its own key", { jwk: { kty: "EC" } }, "token_malformed"],
    ["jku", { jku: "https://evil.example/jwks" }, "token_malformed"],
    ["x5u", { x5u: "https://evil.example/cert" }, "token_malformed"],
    ["crit", { crit: ["exp"] }, "token_malformed"],
  ])("whose header has %s; nothing that it names is asked for", async ([, header, reason]) => {
    expect(await outcome(await present({}, { header }))).toBe(reason);
    expect(desk.asked.filter((url) => !url.startsWith("https://broker.example/"))).toEqual([]);
  });

  test("that somebody else signed under the id of a published key", async () => {
    const stranger = { ...(await generateSigner()), keyId: desk.key.keyId };
    expect(await outcome(await present({}, { signer: stranger }))).toBe("token_untrusted");
  });

  test("whose text was changed, cut or lengthened", async () => {
    const token = await desk.token();
    const [header = "", , signature = ""] = token.split(".");
    const claims = Buffer.from(JSON.stringify({ ...(await desk.claims()), tenant: "globex" }));
    for (const text of [
      `${header}.${claims.toString("base64url")}.${signature}`,
      token.slice(0, -1),
      `${token}A`,
      `${token}.x`,
      "a.b.c",
    ])
      expect(await outcome(await desk.request(text))).toMatch(/^token_(?:untrusted|malformed)$/);
  });
});

describe("the holder", () => {
  const url = `${AUDIENCE}/orders/o_1`;
  const proof = (target: object, at = 0, signer = desk.holder): Promise<string> =>
    signProof(signer, { method: "GET", url, ...target }, now() + at);

  test.for<[string, (token: string) => Promise<Partial<PresentedRequest>>, string]>([
    ["no token", async () => ({ authorization: [] }), "caller_unknown"],
    [
      "two tokens",
      async (token) => ({ authorization: [`DPoP ${token}`, `DPoP ${token}`] }),
      "request_malformed",
    ],
    [
      "two tokens in one header",
      async (token) => ({ authorization: [`DPoP ${token}, DPoP ${token}`] }),
      "request_malformed",
    ],
    ["Basic", async () => ({ authorization: ["Basic eDp5"] }), "request_malformed"],
    ["no proof", async () => ({ dpop: [] }), "request_malformed"],
    [
      "two proofs",
      async (token) => ({ dpop: [await proof({ token }), await proof({ token })] }),
      "request_malformed",
    ],
    [
      "two proofs in one header",
      async (token) => ({ dpop: [`${await proof({ token })},${await proof({ token })}`] }),
      "request_malformed",
    ],
    [
      "the bound token as Bearer",
      async (token) => ({ authorization: [`Bearer ${token}`], dpop: [] }),
      "proof_invalid",
    ],
    ["a proof beside Bearer", async (token) => ({ authorization: [`Bearer ${token}`] }), "request_malformed"],
    [
      "a proof by another key",
      async (token) => ({ dpop: [await proof({ token }, 0, await generateSigner())] }),
      "proof_invalid",
    ],
    [
      "a proof for another method",
      async (token) => ({ dpop: [await proof({ token, method: "POST" })] }),
      "proof_invalid",
    ],
    [
      "a proof for another path",
      async (token) => ({ dpop: [await proof({ token, url: `${url}0` })] }),
      "proof_invalid",
    ],
    [
      "a proof for another host",
      async (token) => ({ dpop: [await proof({ token, url: "https://evil.example/orders/o_1" })] }),
      "proof_invalid",
    ],
    ["a proof for another token", async () => ({ dpop: [await proof({ token: "a.b.c" })] }), "proof_invalid"],
    ["a proof for no token", async () => ({ dpop: [await proof({})] }), "proof_invalid"],
    ["an old proof", async (token) => ({ dpop: [await proof({ token }, -61)] }), "proof_invalid"],
    ["a proof from the future", async (token) => ({ dpop: [await proof({ token }, 31)] }), "proof_invalid"],
    ["a target that is a whole URL", async () => ({ target: `${AUDIENCE}/orders/o_1` }), "request_malformed"],
    [
      "a target that leads to another host",
      async () => ({ target: "//evil.example/orders/o_1" }),
      "proof_invalid",
    ],
  ])("with %s is refused", async ([, change, reason]) => {
    const token = await desk.token();
    expect(await outcome({ ...(await desk.request(token)), ...(await change(token)) })).toBe(reason);
  });

  test("may have a query, which proofs leave out (RFC 9449 section 4.2)", async () => {
    const request = await present();
    expect(await outcome({ ...request, target: "/orders/o_1?x=1" })).toBe("taken");
  });

  test("proves the configured address with its path, whatever is in front of the service", async () => {
    const token = await desk.token();
    const dpop = [await proof({ token, url: "https://api.example/shop/orders/o_1" })];
    const request = { ...(await desk.request(token)), dpop };
    expect(await outcome(request)).toBe("proof_invalid");
    expect(await outcome(request, READ, { origin: "https://api.example/shop/" })).toBe("taken");
  });

  test("of a token that is bound to no key is a gateway, where the service takes those", async () => {
    const token = await desk.token({ claims: { cnf: undefined } });
    const bearer = { ...(await desk.request(token)), authorization: [`Bearer ${token}`], dpop: [] };
    expect(await outcome(bearer)).toBe("proof_invalid");
    expect(await outcome(bearer, READ, { acceptUnbound: true })).toBe("taken");
    expect(await outcome(await desk.request(token), READ, { acceptUnbound: true })).toBe("proof_invalid");
    const bound = await desk.token();
    const stolen = { ...bearer, authorization: [`Bearer ${bound}`] };
    expect(await outcome(stolen, READ, { acceptUnbound: true })).toBe("proof_invalid");
  });
});

describe("a token is for one operation, one tenant and its arguments", () => {
  test.for<[string, Partial<ExpectedAction>]>([
    ["another operation", { operation: "orders.cancel" }],
    ["an operation of another case", { operation: "Orders.read" }],
    ["the same operation with another argument", { arguments: () => ({ order: "o_2" }) }],
    ["an argument of another case", { arguments: () => ({ order: "O_1" }) }],
    ["an argument in another Unicode form", { arguments: () => ({ order: "o_1\u200b" }) }],
    ["an argument of another type", { arguments: () => ({ order: 1 }) }],
    ["an argument more", { arguments: () => ({ order: "o_1", limit: 1 }) }],
    ["an argument less", { arguments: () => ({}) }],
    ["arguments that are no values", { arguments: () => ({ order: null }) }],
  ])("%s is refused", async ([, change]) => {
    expect(await outcome(await present(), { ...READ, ...change })).toBe("request_mismatch");
  });

  test.for(["globex", "Acme", "acme ", "acme\u200b", "ａｃｍｅ", "аcme", "", undefined])(
    "a request that names the tenant %j is another tenant's",
    async (tenant) => {
      expect(await outcome(await present(), { ...READ, tenant: () => tenant })).toBe("tenant_mismatch");
    },
  );

  test("an argument that is undefined is not there, and the right tenant is taken", async () => {
    const expected = { arguments: () => ({ order: "o_1", limit: undefined }), tenant: () => "acme" };
    expect(await outcome(await present(), { ...READ, ...expected })).toBe("taken");
  });

  test("a token for a read is none for a write of the same name", async () => {
    const entry = { name: "orders.read", access: "write", arguments: {} } as unknown as Operation;
    expect(await outcome(await present(), { ...READ, operation: entry })).toBe("request_mismatch");
  });

  test("arguments are read from the request by a token that is good, and by no other", async () => {
    const reads: string[] = [];
    const expected = { ...READ, arguments: () => (reads.push("read"), { order: "o_1" }) };
    await outcome(await present({ claims: { aud: "https://b.example" } }), expected);
    await outcome({ ...(await present()), dpop: [] }, expected);
    expect(reads).toEqual([]);
    await outcome(await present(), expected);
    expect(reads).toEqual(["read"]);
  });

  test("what cannot be read from the request is a malformed request, and nothing of it is told", async () => {
    const broken = (): never => {
      throw new SyntaxError("canary in the body");
    };
    expect(await outcome(await present(), { ...READ, arguments: broken })).toBe("request_malformed");
  });

  test("a catalogue's entry reads them by its schema", async () => {
    const entry = operation({
      name: "orders.read",
      access: "read",
      title: "Read one order",
      resource: {},
      arguments: z.strictObject({ order: z.string().regex(/^o_\d$/) }),
      references: [],
      decided: [],
      example: { order: "o_1" },
    });
    const verifier = tokenVerifier(desk.options);
    const reading = (order: string) => ({ operation: entry, arguments: () => ({ order }) });
    await expect(verifier.verify(await present(), reading("o_1"))).resolves.toMatchObject({
      tenant: "acme",
    });
    await expect(verifier.verify(await present(), reading("x"))).rejects.toMatchObject({
      reason: "request_malformed",
    });
  });
});

test("a token is one text of three parts: no JSON serialization and no JWE", async () => {
  const token = await desk.token();
  const [protectedHeader = "", payload = "", signature = ""] = token.split(".");
  const json = JSON.stringify({ protected: protectedHeader, payload, signature });
  expect(await outcome({ ...(await desk.request(token)), authorization: [`DPoP ${json}`] })).toBe(
    "request_malformed",
  );
  const jwe = await signCompact(desk.key, { alg: "dir", enc: "A256GCM" }, {});
  expect(await outcome(await desk.request(`${jwe}.a.b`))).toBe("token_malformed");
});

test("a log that breaks, at once or later, turns no refusal into anything else", async () => {
  const broken = [
    () => {
      throw new Error("the log is full");
    },
    async () => Promise.reject(new Error("the log is full")),
  ];
  for (const onRefusal of broken) {
    const verifier = tokenVerifier({ ...desk.options, onRefusal });
    const request = { ...(await present()), dpop: [] };
    await expect(verifier.verify(request, READ)).rejects.toMatchObject({ reason: "request_malformed" });
  }
});

test.for<[string, Partial<VerifyOptions>]>([
  ["an issuer in the clear", { issuer: "http://broker.example/access" }],
  ["an issuer with a query", { issuer: `${ISSUER}?x=1` }],
  ["no URL", { issuer: "broker" }],
  ["keys in the clear", { jwksUrl: "http://broker.example/jwks" }],
  ["no audience", { audience: "" }],
  ["the issuer itself as audience", { audience: ISSUER }],
  ["an audience that is no URL, and no origin", { audience: "orders" }],
])("%s is no configuration", ([, change]) => {
  expect(() => tokenVerifier({ ...desk.options, ...change })).toThrow(
    expect.objectContaining({ reason: "configuration_invalid" }),
  );
});
